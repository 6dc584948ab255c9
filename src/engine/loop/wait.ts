// What code awaits: a descriptor, time, the end of a child, a signal. All take an AbortSignal and reject with its reason.

import { SyscallError } from '../sys/error.ts';
import { readSignal, signalfd, sigprocmask } from '../sys/events.ts';
import { closeQuietly } from '../sys/file.ts';
import { wait4, WNOHANG, type Child, type ExitStatus } from '../sys/process.ts';
import type { AbortSignal } from './abort.ts';
import { arm, onFork, watchOf } from './loop.ts';
import { clearTimeout, setTimeout } from './timers.ts';

type Slot = 'onRead' | 'onWrite' | 'onHangup';
type FailSlot = 'failRead' | 'failWrite' | 'failHangup';

function wait(fd: number, slot: Slot, failSlot: FailSlot, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const watch = watchOf(fd);
    if (watch[slot]) return reject(new Error(`two waits (${slot}) on descriptor ${fd}`));
    if (signal) {
      if (signal.aborted) return reject(signal.reason);
      const offAbort = signal.onAbort(() => {
        watch[slot] = undefined;
        reject(signal.reason);
      });
      watch[slot] = () => {
        offAbort();
        resolve();
      };
      watch[failSlot] = (error) => {
        offAbort();
        reject(error);
      };
    } else {
      watch[slot] = resolve;
      watch[failSlot] = reject;
    }
    if (arm(watch)) return;
    // A regular file: always ready.
    const ready = watch[slot];
    watch[slot] = undefined;
    ready?.();
  });
}

/** Resolves when a read would not block. Await it after EAGAIN; one waiter a descriptor. Rejects with EBADF if the descriptor is closed meanwhile. */
export const readable = (fd: number, signal?: AbortSignal): Promise<void> => wait(fd, 'onRead', 'failRead', signal);

/** Resolves when a write would not block. */
export const writable = (fd: number, signal?: AbortSignal): Promise<void> => wait(fd, 'onWrite', 'failWrite', signal);

/** Resolves when the peer of a socket stops sending or the connection breaks, while others read or write. */
export const hangup = (fd: number, signal?: AbortSignal): Promise<void> => wait(fd, 'onHangup', 'failHangup', signal);

/** Calls callback every time fd is readable (a listening socket, netlink, inotify). Returns a function that stops it. */
export function onReadable(fd: number, callback: () => void): () => void {
  let stopped = false;
  const heard = (): void => {
    callback();
    again();
  };
  const closed = (): void => void (stopped = true);
  const again = (): void => {
    if (stopped) return;
    const watch = watchOf(fd);
    watch.onRead = heard;
    watch.failRead = closed;
    arm(watch);
  };
  again();
  return () => {
    if (stopped) return;
    stopped = true;
    watchOf(fd).onRead = undefined;
  };
}

/** Resolves after ms. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      offAbort?.();
      resolve();
    }, ms);
    const offAbort = signal?.onAbort(() => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

let children = new Map<number, (status: ExitStatus) => void>();

/** Waits for a child of this process, reaps it and closes its pidfd. */
export function childExit(child: Child, signal?: AbortSignal): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    const settle = (status: ExitStatus): void => {
      if (!children.delete(child.pid)) return;
      closeQuietly(child.pidfd);
      resolve(status);
    };
    children.set(child.pid, settle);
    const look = (): void => {
      if (!children.has(child.pid)) return;
      const ended = wait4(child.pid, WNOHANG);
      if (ended) settle(ended.status);
      else again();
    };
    const again = (): void =>
      void readable(child.pidfd, signal)
        .then(look)
        .catch((error: unknown) => {
          if (children.delete(child.pid)) reject(error);
        });
    again();
  });
}

/** A process that is not a child (a pidfd from pidfdOpen): resolves when it is gone. Its exit status belongs to its parent. */
export const processGone = (pidfd: number, signal?: AbortSignal): Promise<void> => readable(pidfd, signal);

/** Reaps every ended child; for a subreaper's SIGCHLD handler. Those somebody awaits by childExit() go there, all others to orphan. */
export function reapAll(orphan: (pid: number, status: ExitStatus) => void): void {
  for (;;) {
    let ended;
    try {
      ended = wait4(-1, WNOHANG);
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'ECHILD') return;
      throw error;
    }
    if (!ended) return;
    const settle = children.get(ended.pid);
    if (settle) settle(ended.status);
    else orphan(ended.pid, ended.status);
  }
}

type SignalHandler = (info: { signal: number; pid: number; uid: number }) => void;
let handlers = new Map<number, SignalHandler[]>();
let signalFd = -1;

function deliver(): void {
  for (let info = readSignal(signalFd); info; info = readSignal(signalFd)) {
    for (const handler of handlers.get(info.signal) ?? []) handler(info);
  }
}

/** Calls handler for every arrival of the signal, from the loop. Returns a function that takes it off; the signal stays blocked. */
export const onSignal = (signal: number, handler: SignalHandler): (() => void) => onSignals([signal], handler);

/** The same for several signals, for whom one signalfd is asked once. */
export function onSignals(signals: readonly number[], handler: SignalHandler): () => void {
  for (const signal of signals) handlers.set(signal, [...(handlers.get(signal) ?? []), handler]);
  const caught = [...handlers.keys()];
  sigprocmask('BLOCK', caught);
  const isNew = signalFd < 0;
  signalFd = signalfd(caught, signalFd);
  if (isNew) onReadable(signalFd, deliver);
  return () => {
    for (const signal of signals)
      handlers.set(
        signal,
        (handlers.get(signal) ?? []).filter((h) => h !== handler),
      );
  };
}

onFork(() => {
  const parents = { children, handlers, signalFd };
  children = new Map();
  // What the parent catches must not stay blocked in a child, least of all across execve(2).
  if (signalFd >= 0) sigprocmask('SETMASK', []);
  closeQuietly(signalFd);
  handlers = new Map();
  signalFd = -1;
  return () => void ({ children, handlers, signalFd } = parents);
});
