// A path inside a container's root to the path that it means out here: symlinks are followed as the container would, and
// none leads out of the root. Called by cp, copy-up, exec and the passwd lookup. openat2(2), RESOLVE_IN_ROOT
import * as sys from '../../sys/index.ts';

/** The real path outside, or undefined if there is nothing by that name. */
export function resolveInRoot(root: string, path: string): string | undefined {
  let rootFd = -1;
  let fd = -1;
  try {
    rootFd = sys.open(root, sys.O_PATH | sys.O_DIRECTORY);
    fd = sys.openat2(rootFd, path, sys.O_PATH, 0, sys.RESOLVE_IN_ROOT);
    return sys.readlink(`/proc/self/fd/${fd}`);
  } catch (error) {
    if (sys.isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  } finally {
    sys.closeQuietly(fd);
    sys.closeQuietly(rootFd);
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

/** Contents of a file as the container would read it, '' if there is none. */
export function readInRoot(root: string, path: string): string {
  let rootFd = -1;
  let fd = -1;
  try {
    rootFd = sys.open(root, sys.O_PATH | sys.O_DIRECTORY);
    fd = sys.openat2(rootFd, path, sys.O_RDONLY | sys.O_NONBLOCK, 0, sys.RESOLVE_IN_ROOT);
    return sys.utf8Decode(sys.readAll(fd, 1024 * 1024));
  } catch (error) {
    if (sys.isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO')) return '';
    throw error;
  } finally {
    sys.closeQuietly(fd);
    sys.closeQuietly(rootFd);
  }
}
