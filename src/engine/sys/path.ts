// The directory tree: mkdir(2), unlink(2), rename(2), link(2), symlink(2), mknod(2), chdir(2), getdents64(2) and kin.

import { native, type Dirent } from './native.ts';
import { AT_FDCWD, AT_REMOVEDIR, O_DIRECTORY } from './constants.ts';
import { checked, raw, SyscallError, sys } from './error.ts';
import { closeQuietly, open } from './file.ts';

/** mkdir(2). */
export function mkdir(path: string, mode = 0o755): void {
  sys('mkdir', path, mode);
}

/** mkdirat(2). */
export function mkdirat(dirfd: number, path: string, mode = 0o755): void {
  sys('mkdirat', dirfd, path, mode);
}

const ENOENT = 2;
const EEXIST = 17;

/** mkdir -p: missing parents too; an existing directory is no error. */
export function mkdirAll(path: string, mode = 0o755): void {
  const result = raw('mkdir', path, mode);
  if (result >= 0 || result === -EEXIST) return;
  const parent = path.replace(/\/+[^/]+\/*$/, '');
  if (result !== -ENOENT || parent === path || parent === '') throw new SyscallError('mkdir', [path, mode], -result);
  mkdirAll(parent, mode);
  const again = raw('mkdir', path, mode);
  if (again < 0 && again !== -EEXIST) throw new SyscallError('mkdir', [path, mode], -again);
}

/** rmdir(2). */
export function rmdir(path: string): void {
  sys('rmdir', path);
}

/** unlink(2). */
export function unlink(path: string): void {
  sys('unlink', path);
}

/** unlinkat(2); flags may be AT_REMOVEDIR. */
export function unlinkat(dirfd: number, path: string, flags = 0): void {
  sys('unlinkat', dirfd, path, flags);
}

/** unlink or rmdir for clean-up paths: true if it was there and went. */
export function removeQuietly(path: string): boolean {
  return raw('unlink', path) >= 0 || raw('unlinkat', AT_FDCWD, path, AT_REMOVEDIR) >= 0;
}

/** rename(2). */
export function rename(from: string, to: string): void {
  sys('rename', from, to);
}

/** renameat2(2): flags RENAME_NOREPLACE 1, RENAME_EXCHANGE 2, RENAME_WHITEOUT 4. */
export function renameat2(fromDirfd: number, from: string, toDirfd: number, to: string, flags = 0): void {
  sys('renameat2', fromDirfd, from, toDirfd, to, flags);
}

/** link(2): `to` becomes another name of `from`. */
export function link(from: string, to: string): void {
  sys('link', from, to);
}

/** linkat(2). */
export function linkat(fromDirfd: number, from: string, toDirfd: number, to: string, flags = 0): void {
  sys('linkat', fromDirfd, from, toDirfd, to, flags);
}

/** symlink(2): path becomes a symlink that reads target. */
export function symlink(target: string, path: string): void {
  sys('symlink', target, path);
}

/** symlinkat(2). */
export function symlinkat(target: string, dirfd: number, path: string): void {
  sys('symlinkat', target, dirfd, path);
}

/** readlink(2). */
export function readlink(path: string): string {
  return checked<string>('readlink', [path], native.readlinkat(AT_FDCWD, path));
}

/** readlinkat(2). */
export function readlinkat(dirfd: number, path: string): string {
  return checked<string>('readlinkat', [dirfd, path], native.readlinkat(dirfd, path));
}

/** mknod(2): mode carries S_IFCHR, S_IFBLK, S_IFIFO …; dev from makedev(). */
export function mknod(path: string, mode: number, dev = 0): void {
  sys('mknod', path, mode, dev);
}

/** mknodat(2). */
export function mknodat(dirfd: number, path: string, mode: number, dev = 0): void {
  sys('mknodat', dirfd, path, mode, dev);
}

/** mkfifo(3). */
export function mkfifo(path: string, mode = 0o600): void {
  sys('mknod', path, 0o010000 | mode, 0);
}

/** makedev(3), in the kernel's 32-bit encoding. */
export function makedev(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** major(3) and minor(3). */
export function devParts(dev: number): { major: number; minor: number } {
  return { major: (dev >>> 8) & 0xfff, minor: (dev & 0xff) | ((dev >>> 12) & 0xfff00) };
}

/** getdents64(2) over the whole directory, without . and .., in the kernel's order. */
export function readdir(path: string): Dirent[] {
  const fd = open(path, O_DIRECTORY);
  try {
    return checked<Dirent[]>('getdents64', [path], native.readdir(fd));
  } finally {
    closeQuietly(fd);
  }
}

/** Names in a directory, sorted; empty if the directory is not there. */
export function listNames(path: string): string[] {
  try {
    return readdir(path)
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (error instanceof SyscallError && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}

/** access(2): R_OK 4, W_OK 2, X_OK 1, F_OK 0. */
export function access(path: string, mode = 0): boolean {
  return raw('access', path, mode) >= 0;
}

/** chdir(2). */
export function chdir(path: string): void {
  sys('chdir', path);
}

/** fchdir(2). */
export function fchdir(fd: number): void {
  sys('fchdir', fd);
}

/** getcwd(2). */
export function getcwd(): string {
  return checked<string>('getcwd', [], native.getcwd());
}

/** chroot(2). */
export function chroot(path: string): void {
  sys('chroot', path);
}

/** umask(2): the old mask. */
export function umask(mask: number): number {
  return sys('umask', mask);
}
