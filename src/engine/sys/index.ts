// Everything the engine asks of the kernel: `import * as sys from '../sys/index.ts'`. No other directory makes a syscall.

export * from './archive.ts';
export * from './bytes.ts';
export * from './constants.ts';
export * from './credentials.ts';
export { SyscallError, isErrno, raw, sys as call } from './error.ts';
export { ERRNO, errnoOf } from './errno.ts';
export * from './events.ts';
export * from './file.ts';
export * from './inode.ts';
export * from './limits.ts';
export * from './mount.ts';
export * from './namespace.ts';
export * from './path.ts';
export * from './process.ts';
export * from './runtime.ts';
export * from './sockaddr.ts';
export * from './socket.ts';
export { SYSCALLS, type SyscallName } from './syscalls.ts';
export * from './terminal.ts';
export * from './time.ts';
export * from './tree.ts';
