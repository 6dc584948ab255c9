// The event loop: one epoll descriptor, timers, promise jobs. epoll(7). Main programs call run(main); the rest awaits the functions
// of wait.ts. A descriptor stays registered between waits, so that a steady conversation costs no epoll_ctl per message.

import * as events from '../sys/events.ts';
import { SyscallError } from '../sys/error.ts';
import { closeQuietly, setBeforeClose } from '../sys/file.ts';
import { dieOf, exit, setAfterFork } from '../sys/process.ts';
import { collectAfter, onUnhandledRejection, runJobs } from '../sys/runtime.ts';
import { forgetTimers, runDueTimers, untilNextTimer } from './timers.ts';

const { EPOLL } = events;

/** What is wanted of one descriptor. Each callback is called once and then cleared, unless it is set again. */
export interface Watch {
  fd: number;
  registered: number;
  /** The turn in which it was made. */
  born: number;
  onRead: (() => void) | undefined;
  onWrite: (() => void) | undefined;
  /** The peer closed its sending side, or the connection broke. */
  onHangup: (() => void) | undefined;
  /** Called instead of the three above if the descriptor is closed here while somebody waits. */
  failRead: ((error: unknown) => void) | undefined;
  failWrite: ((error: unknown) => void) | undefined;
  failHangup: ((error: unknown) => void) | undefined;
}

/** Called in a forked child; what it gives back undoes it, when the child had its parent's memory (vfork). */
export type ForkHook = () => () => void;

let epfd = -1;
let watches = new Map<number, Watch>();
let failure: { error: unknown } | undefined;
const ready = new Uint32Array(3 * 64);
let turns = 0;
const onForkHooks: ForkHook[] = [];

function wanted(watch: Watch): number {
  return (watch.onRead ? EPOLL.IN : 0) | (watch.onWrite ? EPOLL.OUT : 0) | (watch.onHangup ? EPOLL.RDHUP : 0);
}

/** The watch of a descriptor, made if there is none. Set its callbacks, then call arm(). */
export function watchOf(fd: number): Watch {
  let watch = watches.get(fd);
  if (!watch) {
    watch = {
      fd,
      registered: 0,
      born: turns,
      onRead: undefined,
      onWrite: undefined,
      onHangup: undefined,
      failRead: undefined,
      failWrite: undefined,
      failHangup: undefined,
    };
    watches.set(fd, watch);
  }
  return watch;
}

const EPERM = 1;
const ENOENT = 2;
const EEXIST = 17;

/** Registers what is wanted. False if the descriptor cannot be polled (a regular file): it is always ready. */
export function arm(watch: Watch): boolean {
  const mask = wanted(watch);
  if ((mask & ~watch.registered) === 0 && watch.registered !== 0) return true;
  if (epfd < 0) epfd = events.epollCreate();
  let result = events.epollCtl(epfd, watch.registered === 0 ? 'ADD' : 'MOD', watch.fd, mask);
  if (result === -EEXIST) result = events.epollCtl(epfd, 'MOD', watch.fd, mask);
  if (result === -ENOENT) result = events.epollCtl(epfd, 'ADD', watch.fd, mask);
  if (result === -EPERM) return false;
  if (result < 0) {
    watches.delete(watch.fd);
    throw new SyscallError('epoll_ctl', [watch.fd], -result);
  }
  watch.registered = mask;
  return true;
}

const EBADF = 9;
/** What a wait on a descriptor ends with that is closed meanwhile. One for all: to make an error is dear. */
const CLOSED = new SyscallError('epoll_wait', [], EBADF);

/** Stops watching: called before every close(2). */
export function forget(fd: number): void {
  const watch = watches.get(fd);
  if (!watch) return;
  watches.delete(fd);
  // A copy of the descriptor in another process would keep the registration alive: take it out by hand.
  if (watch.registered !== 0) events.epollCtl(epfd, 'DEL', fd, 0);
  if (!watch.onRead && !watch.onWrite && !watch.onHangup) return;
  if (watch.onRead) watch.failRead?.(CLOSED);
  if (watch.onWrite) watch.failWrite?.(CLOSED);
  if (watch.onHangup) watch.failHangup?.(CLOSED);
}

function dispatch(bits: number, fd: number): void {
  const watch = watches.get(fd);
  // What was made while these events are handled cannot be meant by one of them: its number was another descriptor's before.
  if (!watch || watch.born === turns) return;
  const broken = (bits & (EPOLL.HUP | EPOLL.ERR)) !== 0;
  let heard = false;
  if (watch.onHangup && (broken || bits & EPOLL.RDHUP)) {
    const call = watch.onHangup;
    watch.onHangup = undefined;
    heard = true;
    call();
  }
  if (watch.onRead && (broken || bits & (EPOLL.IN | EPOLL.RDHUP))) {
    const call = watch.onRead;
    watch.onRead = undefined;
    heard = true;
    call();
  }
  if (watch.onWrite && (broken || bits & EPOLL.OUT)) {
    const call = watch.onWrite;
    watch.onWrite = undefined;
    heard = true;
    call();
  }
  if (!heard) disarm(watch);
}

/** Nobody wants this event any more: narrow the registration, which otherwise would report it for ever. */
function disarm(watch: Watch): void {
  const mask = wanted(watch);
  events.epollCtl(epfd, mask === 0 ? 'DEL' : 'MOD', watch.fd, mask);
  watch.registered = mask;
  if (mask === 0) watches.delete(watch.fd);
}

/**
 * One turn: promise jobs, timers, events. `busy`: do not wait. `isOver`: asked before waiting; a job or a timer may have been
 * the last. False if there is nothing left that could ever happen.
 */
export function turn(busy = false, isOver: () => boolean = () => false): boolean {
  runJobs();
  runDueTimers(runJobs);
  if (isOver()) return true;
  const untilTimer = untilNextTimer();
  if (epfd < 0 || watches.size === 0) {
    if (untilTimer < 0) return false;
    if (epfd < 0) epfd = events.epollCreate();
  }
  const count = events.epollWait(epfd, ready, busy ? 0 : untilTimer);
  turns += 1;
  for (let i = 0; i < count; i++) {
    dispatch(ready[i * 3] as number, ready[i * 3 + 1] as number);
    runJobs();
  }
  return true;
}

/** The first collection of a process with a loop of its own; later ones follow the size of what survived. */
const GC_BYTES = 1024 * 1024;

let unhandled = new Map<object, unknown>();

/** Runs main and the loop until main's promise settles; its number is the process's exit code. An error ends the process with 70. */
export function run(main: () => Promise<number | void>): never {
  collectAfter(GC_BYTES);
  onUnhandledRejection(
    (promise, reason, handled) => void (handled ? unhandled.delete(promise) : unhandled.set(promise, reason)),
  );
  let code: number | undefined;
  try {
    main().then(
      (result) => void (code = result ?? 0),
      (error: unknown) => void (failure = { error }),
    );
    while (code === undefined) {
      const alive = turn(false, () => code !== undefined || failure !== undefined);
      for (const reason of unhandled.values()) failure ??= { error: reason };
      if (failure) dieOf(failure.error);
      if (!alive && code === undefined)
        dieOf(new Error('the event loop is empty: main waits for something that cannot happen'));
    }
    exit(code);
  } catch (error) {
    dieOf(error);
  }
}

/** Asks for a call in every forked child, before it runs anything else. */
export function onFork(hook: ForkHook): void {
  onForkHooks.push(hook);
}

setBeforeClose(forget);
setAfterFork(() => {
  // The epoll instance is shared with the parent: touching its registrations here would change the parent's.
  const parents = { epfd, watches, unhandled, failure };
  watches = new Map();
  unhandled = new Map();
  failure = undefined;
  epfd = -1;
  closeQuietly(parents.epfd);
  const restores = [forgetTimers(), ...onForkHooks.map((hook) => hook())];
  return () => {
    ({ epfd, watches, unhandled, failure } = parents);
    for (const restore of restores) restore();
  };
});
