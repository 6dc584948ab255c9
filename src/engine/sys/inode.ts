// What is in an inode: stat(2), chmod(2), chown(2), utimensat(2), xattr(7), statfs(2).

import { native, type Stat } from './native.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './constants.ts';
import { checked, raw, SyscallError, sys } from './error.ts';

export type { Stat } from './native.ts';

/** stat(2). */
export function stat(path: string): Stat {
  return checked<Stat>('stat', [path], native.statx(AT_FDCWD, path, 0));
}

/** lstat(2): the symlink itself. */
export function lstat(path: string): Stat {
  return checked<Stat>('lstat', [path], native.statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW));
}

/** fstat(2). */
export function fstat(fd: number): Stat {
  return checked<Stat>('fstat', [fd], native.statx(fd, '', AT_EMPTY_PATH));
}

/** fstatat(2). */
export function fstatat(dirfd: number, path: string, flags = 0): Stat {
  return checked<Stat>('fstatat', [dirfd, path, flags], native.statx(dirfd, path, flags));
}

const ENOENT = 2;
const ENOTDIR = 20;

/** stat(2), or undefined if there is nothing by that name. */
export function statIfExists(path: string, follow = true): Stat | undefined {
  const result = native.statx(AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW);
  if (typeof result !== 'number') return result;
  if (result === -ENOENT || result === -ENOTDIR) return undefined;
  throw new SyscallError('stat', [path], -result);
}

/** True if anything, even a dangling symlink, has that name. */
export function exists(path: string): boolean {
  return typeof native.statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW) !== 'number';
}

export const isDirectory = (s: Stat): boolean => (s.mode & S_IFMT) === S_IFDIR;
export const isRegular = (s: Stat): boolean => (s.mode & S_IFMT) === S_IFREG;
export const isSymlink = (s: Stat): boolean => (s.mode & S_IFMT) === S_IFLNK;

/** chmod(2). */
export function chmod(path: string, mode: number): void {
  sys('chmod', path, mode);
}

/** fchmod(2). */
export function fchmod(fd: number, mode: number): void {
  sys('fchmod', fd, mode);
}

/** chown(2); -1 leaves an id alone. */
export function chown(path: string, uid: number, gid: number): void {
  sys('chown32', path, uid, gid);
}

/** lchown(2). */
export function lchown(path: string, uid: number, gid: number): void {
  sys('lchown32', path, uid, gid);
}

/** fchown(2). */
export function fchown(fd: number, uid: number, gid: number): void {
  sys('fchown32', fd, uid, gid);
}

/** utimensat(2): access and modification time in seconds (fractions allowed). */
export function utimensat(dirfd: number, path: string, atimeSec: number, mtimeSec: number, flags = 0): void {
  const times = new Int32Array(8);
  for (const [i, t] of [atimeSec, mtimeSec].entries()) {
    const whole = Math.floor(t);
    times[i * 4] = whole;
    times[i * 4 + 1] = Math.floor(whole / 2 ** 32);
    times[i * 4 + 2] = Math.round((t - whole) * 1e9);
  }
  sys('utimensat_time64', dirfd, path, times, flags);
}

/** What statfs(2) says of a file system; sizes in bytes. */
export interface StatFs {
  type: number;
  blockSize: number;
  totalBytes: number;
  freeBytes: number;
  availableBytes: number;
  files: number;
  freeFiles: number;
  /** Of the mount, or of the file system itself. */
  isReadonly: boolean;
}

const ST_RDONLY = 1;

/** statfs(2). */
export function statfs(path: string): StatFs {
  const SIZEOF_STATFS64 = 84;
  const view = new DataView(new ArrayBuffer(SIZEOF_STATFS64));
  sys('statfs64', path, SIZEOF_STATFS64, view);
  const u64 = (offset: number): number => view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
  const blockSize = view.getUint32(4, true);
  return {
    type: view.getUint32(0, true),
    blockSize,
    totalBytes: u64(8) * blockSize,
    freeBytes: u64(16) * blockSize,
    availableBytes: u64(24) * blockSize,
    files: u64(32),
    freeFiles: u64(40),
    isReadonly: (view.getUint32(64, true) & ST_RDONLY) !== 0,
  };
}

/** Magic numbers of file systems in StatFs.type. */
export const FS_MAGIC = {
  tmpfs: 0x01021994,
  ext4: 0xef53,
  overlayfs: 0x794c7630,
  cgroup2: 0x63677270,
  proc: 0x9fa0,
  ramfs: 0x858458f6,
  tracefs: 0x74726163,
} as const;

/** lsetxattr(2). */
export function lsetxattr(path: string, name: string, value: Uint8Array | string, flags = 0): void {
  const bytes = typeof value === 'string' ? native.utf8Encode(value) : value;
  sys('lsetxattr', path, name, bytes, bytes.byteLength, flags);
}

/** lgetxattr(2): undefined if there is no such attribute. */
export function lgetxattr(path: string, name: string): Uint8Array | undefined {
  const [ENODATA, EOPNOTSUPP] = [61, 95];
  const value = new Uint8Array(65536);
  const n = raw('lgetxattr', path, name, value, value.byteLength);
  if (n === -ENODATA || n === -EOPNOTSUPP) return undefined;
  return value.slice(0, checked('lgetxattr', [path, name], n));
}

/** llistxattr(2). */
export function llistxattr(path: string): string[] {
  const names = new Uint8Array(65536);
  const n = sys('llistxattr', path, names, names.byteLength);
  return native.utf8Decode(names.subarray(0, n)).split('\0').filter(Boolean);
}

/** lremovexattr(2). */
export function lremovexattr(path: string, name: string): void {
  sys('lremovexattr', path, name);
}
