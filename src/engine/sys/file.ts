// Descriptors and their bytes: open(2) to sendfile(2), one wrapper a syscall, and whole-file reads and writes built on them.
// Every descriptor made here is close-on-exec: what a child is to inherit is named where the child is made.

import { native } from './native.ts';
import { checked, raw, SyscallError, sys } from './error.ts';
import {
  AT_FDCWD,
  ERRNO_AGAIN,
  O_CLOEXEC,
  O_CREAT,
  O_LARGEFILE,
  O_PATH,
  O_TRUNC,
  O_WRONLY,
  SEEK,
} from './constants.ts';

/** open(2). O_CLOEXEC and O_LARGEFILE are always set. */
export function open(path: string, flags: number, mode = 0o666): number {
  return sys('openat', AT_FDCWD, path, flags | O_CLOEXEC | O_LARGEFILE, mode);
}

/** openat(2). */
export function openat(dirfd: number, path: string, flags: number, mode = 0o666): number {
  return sys('openat', dirfd, path, flags | O_CLOEXEC | O_LARGEFILE, mode);
}

/** openat2(2): resolve is a set of RESOLVE_* flags, e.g. RESOLVE_IN_ROOT so that no symlink leaves dirfd. */
export function openat2(dirfd: number, path: string, flags: number, mode: number, resolve: number): number {
  const how = new Uint32Array(6);
  // With O_PATH openat2 refuses O_LARGEFILE, which openat ignores.
  how[0] = flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_LARGEFILE);
  how[2] = flags & O_CREAT ? mode : 0;
  how[4] = resolve;
  // EAGAIN: something was renamed just while `..` was resolved.
  for (let tries = 0; tries < 16; tries++) {
    const fd = raw('openat2', dirfd, path, how, how.byteLength);
    if (fd !== -ERRNO_AGAIN) return fd >= 0 ? fd : refused(dirfd, path, -fd);
  }
  return refused(dirfd, path, ERRNO_AGAIN);
}

const refused = (dirfd: number, path: string, errno: number): never => {
  throw new SyscallError('openat2', [dirfd, path], errno);
};

/** openat2(2) for reading beneath dirfd: a descriptor, or -errno, for callers to whom a missing file is no error (which costs its stack). */
export function tryOpenat2(dirfd: number, path: string, flags: number, resolve: number): number {
  const how = Uint32Array.of(flags | O_CLOEXEC | O_LARGEFILE, 0, 0, 0, resolve, 0);
  return raw('openat2', dirfd, path, how, how.byteLength);
}

let beforeClose: ((fd: number) => void) | undefined;

/** The event loop asks to hear of every close, so that a reused descriptor number starts afresh. */
export function setBeforeClose(hook: (fd: number) => void): void {
  beforeClose = hook;
}

/** close(2). */
export function close(fd: number): void {
  beforeClose?.(fd);
  sys('close', fd);
}

/** close(2) for clean-up paths: no error is of interest, -1 is nothing. */
export function closeQuietly(fd: number): void {
  if (fd < 0) return;
  beforeClose?.(fd);
  raw('close', fd);
}

/** close_range(2); last defaults to every descriptor there can be, flags may be CLOSE_RANGE_CLOEXEC (4). */
export function closeRange(first: number, last = 0xffffffff, flags = 0): void {
  sys('close_range', first, last, flags);
}

/** Everything from 3 on is closed except keep: what a forked child calls first. */
export function closeAllExcept(keep: readonly number[]): void {
  native.closeAllExcept(keep);
}

/** read(2): bytes read into the buffer, 0 at the end. */
export function read(fd: number, into: Uint8Array): number {
  return sys('read', fd, into, into.byteLength);
}

/** read(2) on a non-blocking descriptor: null instead of EAGAIN. */
export function tryRead(fd: number, into: Uint8Array): number | null {
  const n = raw('read', fd, into, into.byteLength);
  if (n >= 0) return n;
  if (n === -ERRNO_AGAIN) return null;
  throw new SyscallError('read', [fd, into], -n);
}

/** write(2): bytes taken, perhaps fewer than given. */
export function write(fd: number, bytes: Uint8Array): number {
  return sys('write', fd, bytes, bytes.byteLength);
}

/** write(2) on a non-blocking descriptor: null instead of EAGAIN. */
export function tryWrite(fd: number, bytes: Uint8Array): number | null {
  const n = raw('write', fd, bytes, bytes.byteLength);
  if (n >= 0) return n;
  if (n === -ERRNO_AGAIN) return null;
  throw new SyscallError('write', [fd, bytes], -n);
}

/** read(2) on a non-blocking descriptor into an array of its own: null at the end, undefined instead of EAGAIN. */
export function readSome(fd: number, limitBytes = 64 * 1024): Uint8Array<ArrayBuffer> | null | undefined {
  const result = native.readSome(fd, limitBytes);
  if (typeof result !== 'number') return result;
  if (result === 0) return null;
  if (result === -ERRNO_AGAIN) return undefined;
  throw new SyscallError('read', [fd], -result);
}

/** writev(2) of texts and buffers to a non-blocking descriptor: undefined if all went, else the unsent rest. */
export function writeParts(fd: number, ...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> | undefined {
  const result = native.writeParts(fd, ...parts);
  if (typeof result !== 'number') return result;
  if (result === 0) return undefined;
  throw new SyscallError('writev', [fd], -result);
}

/** Writes everything to a blocking descriptor: how many bytes that was. */
export function writeAll(fd: number, bytes: Uint8Array | string): number {
  return checked('write', [fd, bytes], native.writeAll(fd, bytes));
}

/** pread(2). */
export function pread(fd: number, into: Uint8Array, offset: number): number {
  return sys('pread64', fd, into, into.byteLength, offset >>> 0, Math.floor(offset / 2 ** 32));
}

/** pwrite(2). */
export function pwrite(fd: number, bytes: Uint8Array, offset: number): number {
  return sys('pwrite64', fd, bytes, bytes.byteLength, offset >>> 0, Math.floor(offset / 2 ** 32));
}

/** lseek(2): the new offset. */
export function lseek(fd: number, offset: number, whence: 'SET' | 'CUR' | 'END' | 'DATA' | 'HOLE' = 'SET'): number {
  const result = new Uint32Array(2);
  sys('_llseek', fd, Math.floor(offset / 2 ** 32), offset >>> 0, result, SEEK[whence]);
  return (result[0] ?? 0) + (result[1] ?? 0) * 2 ** 32;
}

/** ftruncate(2). */
export function ftruncate(fd: number, length: number): void {
  sys('ftruncate64', fd, length >>> 0, Math.floor(length / 2 ** 32));
}

/** dup(2), close-on-exec. */
export function dup(fd: number): number {
  const F_DUPFD_CLOEXEC = 1030;
  return sys('fcntl64', fd, F_DUPFD_CLOEXEC, 3);
}

/** dup2(2): the copy is not close-on-exec. */
export function dup2(from: number, to: number): number {
  return sys('dup2', from, to);
}

/** dup3(2). */
export function dup3(from: number, to: number, flags: number): number {
  return sys('dup3', from, to, flags);
}

/** pipe2(2): [read end, write end], close-on-exec. */
export function pipe2(flags = 0): [readFd: number, writeFd: number] {
  const fds = new Int32Array(2);
  sys('pipe2', fds, flags | O_CLOEXEC);
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/** fcntl(2) with an integer argument. */
export function fcntl(fd: number, command: number, argument = 0): number {
  return sys('fcntl64', fd, command, argument);
}

const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/** Sets or clears O_NONBLOCK. */
export function setNonblocking(fd: number, on = true): void {
  const before = fcntl(fd, F_GETFL);
  const flags = on ? before | O_NONBLOCK : before & ~O_NONBLOCK;
  if (flags !== before) fcntl(fd, F_SETFL, flags);
}

/** Sets or clears FD_CLOEXEC. */
export function setCloseOnExec(fd: number, on = true): void {
  const F_SETFD = 2;
  fcntl(fd, F_SETFD, on ? 1 : 0);
}

/** ioctl(2) with an integer or a buffer. */
export function ioctl(fd: number, request: number, argument: number | ArrayBufferView = 0): number {
  return sys('ioctl', fd, request, argument);
}

/** flock(2): LOCK_SH 1, LOCK_EX 2, LOCK_UN 8, with LOCK_NB 4. */
export function flock(fd: number, operation: number): void {
  sys('flock', fd, operation);
}

/** fsync(2). */
export function fsync(fd: number): void {
  sys('fsync', fd);
}

/** fdatasync(2). */
export function fdatasync(fd: number): void {
  sys('fdatasync', fd);
}

/** sync(2). */
export function sync(): void {
  sys('sync');
}

/** memfd_create(2). */
export function memfdCreate(name: string, flags = 1): number {
  return sys('memfd_create', name, flags);
}

/** splice(2) between a pipe and something; null instead of EAGAIN. flags: SPLICE_F_NONBLOCK 2, SPLICE_F_MORE 4. */
export function splice(fdIn: number, fdOut: number, length: number, flags = 0): number | null {
  const n = raw('splice', fdIn, null, fdOut, null, length, flags);
  if (n === -ERRNO_AGAIN) return null;
  return checked('splice', [fdIn, fdOut, length], n);
}

/** sendfile(2) from fdIn's own offset; null instead of EAGAIN. */
export function sendfile(fdOut: number, fdIn: number, length: number): number | null {
  const n = raw('sendfile64', fdOut, fdIn, null, length);
  if (n === -ERRNO_AGAIN) return null;
  return checked('sendfile', [fdOut, fdIn, length], n);
}

/** copy_file_range(2) between the descriptors' own offsets. */
export function copyFileRange(fdIn: number, fdOut: number, length: number): number {
  return sys('copy_file_range', fdIn, null, fdOut, null, length, 0);
}

const READ_LIMIT = 64 * 1024 * 1024;

/** Reads fd from where it stands to its end. */
export function readAll(fd: number, limitBytes = READ_LIMIT): Uint8Array<ArrayBuffer> {
  return checked('read', [fd], native.readAll(fd, limitBytes));
}

/** The whole file. */
export function readFile(path: string, limitBytes = READ_LIMIT): Uint8Array<ArrayBuffer> {
  const fd = open(path, 0);
  try {
    return readAll(fd, limitBytes);
  } finally {
    closeQuietly(fd);
  }
}

/** The whole file as UTF-8 text. */
export function readText(path: string): string {
  return native.utf8Decode(readFile(path));
}

const [ENOENT, ESRCH, ENODEV, ENOTDIR] = [2, 3, 19, 20];

/**
 * The file's text, or undefined if there is none. Files of /proc and of cgroups can go between open and read: with their
 * process (ESRCH, proc(5)) or their cgroup (ENODEV).
 */
export function readTextIfExists(path: string): string | undefined {
  // Not by way of an exception: to make one costs more than to read most files.
  const fd = raw('openat', AT_FDCWD, path, O_CLOEXEC | O_LARGEFILE, 0);
  if (fd === -ENOENT || fd === -ENOTDIR) return undefined;
  checked('openat', [AT_FDCWD, path], fd);
  try {
    const bytes = native.readAll(fd, READ_LIMIT);
    if (bytes === -ESRCH || bytes === -ENODEV) return undefined;
    return native.utf8Decode(checked('read', [fd], bytes));
  } finally {
    closeQuietly(fd);
  }
}

/** Writes the whole file in place (created, truncated): for cgroup and proc files flags is O_WRONLY. */
export function writeFile(
  path: string,
  bytes: Uint8Array | string,
  mode = 0o644,
  flags = O_WRONLY | O_CREAT | O_TRUNC,
): void {
  const fd = open(path, flags, mode);
  try {
    writeAll(fd, bytes);
  } finally {
    closeQuietly(fd);
  }
}

/** Writes an existing special file (cgroup, proc, sysfs): one write(2), no create or truncate. */
export function writeControl(path: string, text: string): void {
  writeFile(path, text, 0, O_WRONLY);
}

/** syncfs(2) of the file system that a path is on: all that was written to it outlives a power cut from now on. */
export function syncfs(path: string): void {
  const fd = open(path, 0);
  try {
    sys('syncfs', fd);
  } finally {
    closeQuietly(fd);
  }
}

/**
 * Replaces a file so that a reader, or a power cut at any byte, sees the old or the new whole: temporary file, fsync, rename. The
 * rename itself may be lost with the last seconds before a cut, unless it is `lasting`: then it is on the disk (and, since the
 * journal has an order, so are all earlier renames) when the call returns. */
export function writeFileAtomic(path: string, bytes: Uint8Array | string, mode = 0o600, lasting = false): void {
  const temporary = `${path}.tmp${sys('getpid')}`;
  const fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode);
  try {
    writeAll(fd, bytes);
    fsync(fd);
    sys('rename', temporary, path);
    if (lasting) fsync(fd);
  } finally {
    closeQuietly(fd);
  }
}
