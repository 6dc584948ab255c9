// SyscallError and the two ways to make a syscall: sys() throws, raw() gives back -errno. Used by every wrapper in this directory.

import { ERRNO } from './errno.ts';
import { native, type SyscallArg } from './native.ts';
import { SYSCALLS, type SyscallName } from './syscalls.ts';

/** A syscall that the kernel refused. Only src/engine/sys makes these; `code` is the name to branch on. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  /** Name of the errno: 'ENOENT'. */
  readonly code: string;
  /** The C library's text in lower case, as Go and so Docker print it: 'no such file or directory'. */
  readonly text: string;
  constructor(
    readonly call: string,
    readonly args: readonly unknown[],
    readonly errno: number,
  ) {
    const [code, text] = ERRNO[errno] ?? [`E${errno}`, `errno ${errno}`];
    super(`${call}(${args.map(show).join(', ')}): ${text} (${code})`);
    this.code = code;
    this.text = text;
  }
}

function show(arg: unknown): string {
  if (typeof arg === 'string') return JSON.stringify(arg);
  if (ArrayBuffer.isView(arg)) return `<${arg.byteLength} bytes>`;
  return String(arg);
}

/** True if error is a SyscallError with one of these codes: `if (isErrno(e, 'ENOENT')) …`. */
export function isErrno(error: unknown, ...codes: string[]): error is SyscallError {
  return error instanceof SyscallError && codes.includes(error.code);
}

/** Makes the syscall; throws a SyscallError when the kernel refuses. */
export function sys(name: SyscallName, a?: Arg, b?: Arg, c?: Arg, d?: Arg, e?: Arg, f?: Arg): number {
  const result = native.call(SYSCALLS[name], a, b, c, d, e, f);
  if (result < 0 && result >= -4095) throw new SyscallError(name, given([a, b, c, d, e, f]), -result);
  return result;
}

/** Makes the syscall; returns its result or -errno, for callers to whom EAGAIN or EEXIST is control flow. */
export function raw(name: SyscallName, a?: Arg, b?: Arg, c?: Arg, d?: Arg, e?: Arg, f?: Arg): number {
  return native.call(SYSCALLS[name], a, b, c, d, e, f);
}

// Six named parameters, not `...args`: collecting and spreading a list costs QuickJS more than most of the syscalls themselves.
type Arg = SyscallArg | undefined;

/** The arguments without those left out at the end. */
export function given<T>(args: readonly (T | undefined)[]): T[] {
  const end = args.findLastIndex((arg) => arg !== undefined);
  return args.slice(0, end + 1) as T[];
}

/** Turns the -errno of a C helper into a SyscallError named after the helper. */
export function checked<T>(call: string, args: readonly unknown[], result: T | number): T {
  if (typeof result === 'number' && result < 0) throw new SyscallError(call, args, -result);
  return result as T;
}
