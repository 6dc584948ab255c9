// Descriptors that tell of events: epoll(7), eventfd(2), signalfd(2), inotify(7), and the signal mask.

import { native } from './native.ts';
import { ERRNO_AGAIN } from './constants.ts';
import { checked, raw, sys } from './error.ts';
import { tryRead } from './file.ts';
import { SYSCALLS } from './syscalls.ts';

export const EPOLL = {
  IN: 1,
  PRI: 2,
  OUT: 4,
  ERR: 8,
  HUP: 16,
  RDHUP: 0x2000,
  ET: 0x80000000,
  ONESHOT: 0x40000000,
} as const;
const CTL = { ADD: 1, DEL: 2, MOD: 3 } as const;

/** epoll_create1(2), close-on-exec. */
export function epollCreate(): number {
  return sys('epoll_create1', 0o2000000);
}

/** struct epoll_event: events, then data, of which the first word is the descriptor. The kernel copies it. */
const event = new Uint32Array(3);

/** epoll_ctl(2); 0 or -errno, for the loop handles EEXIST, ENOENT and EPERM itself. */
export function epollCtl(epfd: number, operation: keyof typeof CTL, fd: number, events: number): number {
  event[0] = events;
  event[1] = fd;
  return raw('epoll_ctl', epfd, CTL[operation], fd, event);
}

/** epoll_wait(2): number of events put in the buffer, three words each (events, fd, 0); 0 on a timeout or a signal. */
export function epollWait(epfd: number, into: Uint32Array, timeoutMs: number): number {
  const EINTR = 4;
  const n = native.call(SYSCALLS.epoll_wait, epfd, into, Math.floor(into.length / 3), timeoutMs);
  return n === -EINTR ? 0 : checked('epoll_wait', [epfd], n);
}

/** eventfd(2), non-blocking. */
export function eventfd(initial = 0): number {
  return sys('eventfd2', initial, 0o2004000);
}

function signalMask(signals: readonly number[]): Uint32Array {
  const mask = new Uint32Array(2);
  for (const s of signals) mask[(s - 1) >> 5] = (mask[(s - 1) >> 5] ?? 0) | (1 << ((s - 1) & 31));
  return mask;
}

/** rt_sigprocmask(2): signals replace, join or leave the blocked set. A forked child inherits it, and so does a program it executes. */
export function sigprocmask(how: 'BLOCK' | 'UNBLOCK' | 'SETMASK', signals: readonly number[]): void {
  sys('rt_sigprocmask', { BLOCK: 0, UNBLOCK: 1, SETMASK: 2 }[how], signalMask(signals), null, 8);
}

/** sigaction(2) to SIG_IGN or back to SIG_DFL. */
export function ignoreSignal(signal: number, ignore = true): void {
  sys('rt_sigaction', signal, Uint32Array.of(ignore ? 1 : 0, 0, 0, 0, 0), null, 8);
}

/** signalfd(2), non-blocking; the signals must be blocked too. Pass the old descriptor to change its set. */
export function signalfd(signals: readonly number[], fd = -1): number {
  return sys('signalfd4', fd, signalMask(signals), 8, 0o2004000);
}

/** Reads one signal from a signalfd: null if none waits. */
export function readSignal(fd: number): { signal: number; pid: number; uid: number } | null {
  const info = new Uint8Array(128);
  if (tryRead(fd, info) === null) return null;
  const view = new DataView(info.buffer);
  return { signal: view.getUint32(0, true), pid: view.getUint32(12, true), uid: view.getUint32(16, true) };
}

export const IN = {
  ACCESS: 1,
  MODIFY: 2,
  ATTRIB: 4,
  CLOSE_WRITE: 8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  Q_OVERFLOW: 0x4000,
  IGNORED: 0x8000,
  ISDIR: 0x40000000,
} as const;

/** inotify_init1(2), non-blocking. */
export function inotifyInit(): number {
  return sys('inotify_init1', 0o2004000);
}

/** inotify_add_watch(2): the watch descriptor. cgroup files such as memory.events report IN.MODIFY. */
export function inotifyAddWatch(fd: number, path: string, mask: number): number {
  return sys('inotify_add_watch', fd, path, mask);
}

/** inotify_rm_watch(2); a watch that went with its file is no error. */
export function inotifyRmWatch(fd: number, watch: number): void {
  raw('inotify_rm_watch', fd, watch);
}

export interface InotifyEvent {
  watch: number;
  mask: number;
  cookie: number;
  name: string;
}

/** Events that wait on an inotify descriptor, perhaps none. */
export function readInotify(fd: number): InotifyEvent[] {
  const buffer = new Uint8Array(4096);
  const n = raw('read', fd, buffer, buffer.byteLength);
  if (n === -ERRNO_AGAIN) return [];
  checked('read', [fd], n);
  const view = new DataView(buffer.buffer);
  const events: InotifyEvent[] = [];
  for (let at = 0; at + 16 <= n;) {
    const length = view.getUint32(at + 12, true);
    const name = native.utf8Decode(buffer.subarray(at + 16, at + 16 + length)).replace(/\0.*$/s, '');
    events.push({
      watch: view.getInt32(at, true),
      mask: view.getUint32(at + 4, true),
      cookie: view.getUint32(at + 8, true),
      name,
    });
    at += 16 + length;
  }
  return events;
}
