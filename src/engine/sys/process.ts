// Processes: fork(2) by way of clone3(2), execve(2), wait4(2), pidfds, kill(2), sessions, prctl(2).

import { native } from './native.ts';
import { checked, raw, SyscallError, sys } from './error.ts';
import { writeAll } from './file.ts';

/** A child as its parent knows it. The pidfd is close-on-exec and becomes readable when the child ends. */
export interface Child {
  pid: number;
  pidfd: number;
}

export interface ForkOptions {
  /** CLONE_NEW* flags: the child starts in new namespaces. */
  flags?: number;
  /** A cgroup v2 directory: the child starts in it (CLONE_INTO_CGROUP). */
  cgroupFd?: number;
  /** Descriptors to keep besides 0, 1, 2; without it the child keeps all. */
  keep?: readonly number[];
  /** Process title and comm of the child. */
  title?: string;
}

let afterFork: (() => () => void) | undefined;

/** The event loop forgets its descriptors and timers in a child; see loop/loop.ts. The hook gives what puts them back, for vfork. */
export function setAfterFork(hook: () => () => void): void {
  afterFork = hook;
}

/**
 * Forks. `child` runs in the new process, which ends with the number it returns (0 if none); it never comes back to the caller's code.
 * An uncaught error is written to stderr and ends the child with 70. In the child, promise jobs and watches of the parent are gone;
 * it may call loop.run() for a loop of its own.
 */
export function fork(child: () => number | void, options: ForkOptions = {}): Child {
  const result = native.clone(options.flags ?? 0, options.cgroupFd ?? -1);
  if (typeof result === 'number') throw new SyscallError('clone3', [options.flags ?? 0], -result);
  const [pid, pidfd] = result;
  if (pid !== 0) return { pid, pidfd };
  try {
    afterFork?.();
    if (options.keep) native.closeAllExcept(options.keep);
    if (options.title) native.setTitle(options.title);
    native.exit(child() ?? 0);
  } catch (error) {
    dieOf(error);
  }
}

/**
 * Runs `child` in a new process that has this one's memory instead of a copy, while this one waits for its end: what `child` makes is
 * simply there afterwards. For short work that needs descriptors, namespaces or credentials of its own. It must come back by
 * returning its exit code: an error that it throws is thrown here. clone(2) with CLONE_VM and CLONE_VFORK, as vfork(2)
 */
export function vfork(child: () => number, options: Pick<ForkOptions, 'keep' | 'title'> = {}): ExitStatus {
  let restore: (() => void) | undefined;
  try {
    const status = native.vfork(() => {
      restore = afterFork?.();
      if (options.keep) native.closeAllExcept(options.keep);
      if (options.title) native.setTitle(options.title);
      return child();
    });
    return exitStatus(checked('clone', [options.title ?? ''], status));
  } finally {
    restore?.();
  }
}

/** Reports an uncaught error on stderr and ends the process with 70 (EX_SOFTWARE). */
export function dieOf(error: unknown): never {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
    writeAll(2, `${text.trimEnd()}\n`);
  } finally {
    native.exit(70);
  }
}

/** execve(2): returns only by throwing. env is a list of NAME=value. */
export function execve(path: string, argv: readonly string[], env: readonly string[]): never {
  throw new SyscallError('execve', [path, argv.join(' ')], -native.execve(path, argv, env));
}

export interface SpawnOptions {
  env?: readonly string[];
  /** fds[i] becomes the child's descriptor i; default [0, 1, 2]. Nothing else is inherited. */
  fds?: readonly number[];
  cwd?: string;
  flags?: number;
  setsid?: boolean;
  controllingTerminal?: boolean;
}

/** Starts another program (vfork and execve in C: no copy of this process is made). Throws if the program cannot be executed. */
export function spawn(path: string, argv: readonly string[], options: SpawnOptions = {}): number {
  const pid = native.spawn({
    path,
    argv,
    env: options.env ?? [],
    fds: options.fds ?? [0, 1, 2],
    cwd: options.cwd ?? null,
    cloneFlags: options.flags ?? 0,
    setsid: options.setsid ?? false,
    controllingTerminal: options.controllingTerminal ?? false,
  });
  return checked('execve', [path, argv.join(' ')], pid);
}

/** How a process ended. wait(2) */
export type ExitStatus = { kind: 'exited'; code: number } | { kind: 'signaled'; signal: number; coreDumped: boolean };

/** Decodes a wait status. */
export function exitStatus(status: number): ExitStatus {
  const signal = status & 0x7f;
  if (signal === 0) return { kind: 'exited', code: (status >> 8) & 0xff };
  return { kind: 'signaled', signal, coreDumped: (status & 0x80) !== 0 };
}

/** The exit code a shell and Docker give: 128 + signal for a killed process. */
export function exitCode(status: ExitStatus): number {
  return status.kind === 'exited' ? status.code : 128 + status.signal;
}

export const WNOHANG = 1;

/** wait4(2): undefined with WNOHANG while no child has ended. pid -1: any child. */
export function wait4(pid: number, options = 0): { pid: number; status: ExitStatus } | undefined {
  const result = native.wait4(pid, options);
  if (typeof result === 'number') throw new SyscallError('wait4', [pid, options], -result);
  return result[0] === 0 ? undefined : { pid: result[0], status: exitStatus(result[1]) };
}

/** waitpid(2), blocking; for short-lived children only, an event loop uses childExit(). */
export function waitpid(pid: number): ExitStatus {
  const [status] = [wait4(pid)];
  return status ? status.status : { kind: 'exited', code: 0 };
}

/** pidfd_open(2). */
export function pidfdOpen(pid: number): number {
  return sys('pidfd_open', pid, 0);
}

/** pidfd_send_signal(2). */
export function pidfdSendSignal(pidfd: number, signal: number): void {
  sys('pidfd_send_signal', pidfd, signal, null, 0);
}

/** kill(2). */
export function kill(pid: number, signal: number): void {
  sys('kill', pid, signal);
}

/** kill(2) where a process that is already gone is no error: false then. */
export function killQuietly(pid: number, signal: number): boolean {
  return raw('kill', pid, signal) >= 0;
}

/** _exit(2). */
export function exit(code: number): never {
  return native.exit(code);
}

export const getpid = (): number => sys('getpid');
export const getppid = (): number => sys('getppid');

/** setsid(2). */
export function setsid(): number {
  return sys('setsid');
}

/** setpgid(2). */
export function setpgid(pid: number, pgid: number): void {
  sys('setpgid', pid, pgid);
}

/** The title that ps shows (argv) and, of its first word, the comm in /proc/PID/stat. */
export function setProcessTitle(title: string): void {
  native.setTitle(title);
}

/** Options of prctl(2) that the engine uses. */
export const PR = {
  SET_PDEATHSIG: 1,
  SET_DUMPABLE: 4,
  SET_KEEPCAPS: 8,
  SET_NAME: 15,
  CAPBSET_READ: 23,
  CAPBSET_DROP: 24,
  SET_SECUREBITS: 28,
  SET_CHILD_SUBREAPER: 36,
  SET_NO_NEW_PRIVS: 38,
  CAP_AMBIENT: 47,
} as const;

/** prctl(2). */
export function prctl(option: number, a: number | string = 0, b = 0, c = 0, d = 0): number {
  return sys('prctl', option, a, b, c, d);
}
