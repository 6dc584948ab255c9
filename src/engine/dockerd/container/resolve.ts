// A path inside a container's root to what it means out here: symlinks are followed as the container would, and none leads out
// of the root. While the container runs it can put a symlink where a directory was a moment ago: what is opened, read or
// written there is reached through a descriptor, not through a path once more. Called by cp, copy-up, exec, build, the passwd
// lookup. openat2(2), RESOLVE_IN_ROOT
import * as sys from '../../sys/index.ts';

/** A descriptor (O_PATH) of what the path means; undefined if there is nothing. The caller closes it. */
export function openInRoot(root: string, path: string): number | undefined {
  let rootFd = -1;
  try {
    // A file that is bound into a container is all that there is in it.
    rootFd = sys.open(root, sys.O_PATH);
    if (path === '/') return rootFd;
    const fd = sys.openat2(rootFd, path, sys.O_PATH, 0, sys.RESOLVE_IN_ROOT);
    sys.closeQuietly(rootFd);
    return fd;
  } catch (error) {
    sys.closeQuietly(rootFd);
    if (sys.isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

/** The path by which other calls get at an open file, wherever it may be moved to. proc_pid_fd(5) */
export const pathOfFd = (fd: number): string => `/proc/self/fd/${fd}`;

/** The real path outside, or undefined if there is nothing by that name. Only for trees that nobody changes meanwhile. */
export function resolveInRoot(root: string, path: string): string | undefined {
  const fd = openInRoot(root, path);
  if (fd === undefined) return undefined;
  try {
    return sys.readlink(pathOfFd(fd));
  } finally {
    sys.closeQuietly(fd);
  }
}

/** As resolveInRoot, but the last part of the path is not followed if it is a symlink. */
export function resolveParent(root: string, path: string): string | undefined {
  const at = path.lastIndexOf('/');
  const parent = resolveInRoot(root, at <= 0 ? '/' : path.slice(0, at));
  if (parent === undefined) return undefined;
  const last = path.slice(at + 1);
  return last === '' ? parent : `${parent}/${last}`;
}

const TEXT_LIMIT_BYTES = 1024 * 1024;
/** ENOENT, ENXIO (a FIFO or socket), ENOTDIR, ELOOP */
const NOT_THERE: readonly number[] = [2, 6, 20, 40];

/**
 * The beginning of a file as the container would read it. Undefined if there is none, or something that is no file: a FIFO would
 * make us wait, and a device may have no end.
 */
export function readFileInRoot(root: string, path: string, limitBytes = TEXT_LIMIT_BYTES): string | undefined {
  let rootFd = -1;
  let fd = -1;
  try {
    rootFd = sys.open(root, sys.O_PATH | sys.O_DIRECTORY);
    fd = sys.tryOpenat2(rootFd, path, sys.O_RDONLY | sys.O_NONBLOCK, sys.RESOLVE_IN_ROOT);
    if (NOT_THERE.includes(-fd)) return undefined;
    if (fd < 0) throw new sys.SyscallError('openat2', [root, path], -fd);
    return sys.isRegular(sys.fstat(fd)) ? sys.utf8Decode(sys.readAll(fd, limitBytes)) : undefined;
  } catch (error) {
    if (sys.isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  } finally {
    sys.closeQuietly(fd);
    sys.closeQuietly(rootFd);
  }
}

/** As readFileInRoot, '' if there is none. */
export const readInRoot = (root: string, path: string): string => readFileInRoot(root, path) ?? '';
