// What a path means inside a container that may be stopped. As in Docker, its directory is looked at with the volumes, binds and
// files of Docker's own that stand there while it runs: they are mounted for the moment, in a mount namespace that no process is
// in and that is gone with its last descriptor, whatever becomes of us. Called by cp. mount_namespaces(7), openat2(2)
import { mountOne } from '../../runc/mounts.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import type { Container } from './container.ts';
import { cleanPath } from './mounts.ts';
import { openInRoot, pathOfFd } from './resolve.ts';
import { bindsFor } from './spec.ts';

/** A container's directory tree with everything that is bound into it. */
export interface View {
  /** O_PATH: the container's `/`. */
  readonly root: number;
  /** Its path out here. */
  readonly rootPath: string;
  /**
   * Work in its namespace, which must not wait for anything: what removes or renames needs this, as only in the namespace where
   * something is mounted does its mount point stay (EBUSY); from elsewhere it goes, and the container's mount with it.
   */
  within: <T>(work: () => T) => T;
  close(): void;
}

/** What a path leads to. */
export interface Found {
  /** O_PATH, to be closed: of the thing itself, or of the directory that a symlink stands in. */
  readonly fd: number;
  /** The name of the symlink in `fd`; undefined: `fd` is the thing itself. */
  readonly symlink?: string;
}

/**
 * `rootPath`: where the container's layer is mounted. Missing mount points are made, as by its first start. Descriptors that are
 * opened through the view reach what is mounted until it is closed.
 */
export function openView(daemon: Daemon, container: Container, rootPath: string): View {
  const mounts = bindsFor(daemon, container);
  const fds: number[] = [];
  const close = (): void => fds.splice(0).forEach(sys.closeQuietly);
  const open = (path: string, flags: number): number => {
    const fd = sys.open(path, flags);
    fds.push(fd);
    return fd;
  };
  const within = <T>(enter: () => void, work: () => T): T => {
    enter();
    try {
      return work();
    } finally {
      sys.setns(home, sys.CLONE_NEWNS);
    }
  };
  const home = open(OWN_NAMESPACE, sys.O_RDONLY);
  try {
    return within(
      () => sys.unshare(sys.CLONE_NEWNS),
      () => {
        // Nothing that is mounted from here on spreads. Copies of other containers' mounts do not outlive these: with the directory
        // that something is mounted on the kernel takes it away in every namespace (rmdir, unlink).
        sys.mount(null, '/', null, sys.MS.PRIVATE | sys.MS.REC);
        const namespace = open(OWN_NAMESPACE, sys.O_RDONLY);
        const root = open(rootPath, sys.O_PATH | sys.O_DIRECTORY);
        for (const mount of mounts) mountOne(root, rootPath, mount, true);
        const enter = (): void => sys.setns(namespace, sys.CLONE_NEWNS);
        return { root, rootPath, within: (work) => within(enter, work), close };
      },
    );
  } catch (error) {
    close();
    throw error;
  }
}

const OWN_NAMESPACE = '/proc/self/ns/mnt';

/** Undefined if there is nothing. `follow`: also where the path ends in a symlink. `..` is taken off the text, as Docker does. */
export function lookUp(view: View, path: string, follow: boolean): Found | undefined {
  const root = pathOfFd(view.root);
  const clean = cleanPath(path);
  const slash = clean.lastIndexOf('/');
  const name = follow ? '' : clean.slice(slash + 1);
  const directory = openInRoot(root, name === '' ? clean : clean.slice(0, slash) || '/');
  if (directory === undefined) return undefined;
  if (name === '') return { fd: directory };
  try {
    const fd = sys.openat(directory, name, sys.O_PATH | sys.O_NOFOLLOW);
    if (sys.isSymlink(sys.fstat(fd))) {
      sys.closeQuietly(fd);
      return { fd: directory, symlink: name };
    }
    sys.closeQuietly(directory);
    return { fd };
  } catch (error) {
    sys.closeQuietly(directory);
    if (sys.isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

/** Where an open directory lies in the container, without symlinks. */
export function pathInside(view: View, fd: number): string {
  const path = sys.readlink(pathOfFd(fd));
  return path.startsWith(`${view.rootPath}/`) ? path.slice(view.rootPath.length) : '/';
}

/** Whether an open directory lies in something that is mounted over the container's own files, and whether that is read-only. */
export function mountOf(view: View, fd: number): 'root' | 'writable' | 'read-only' {
  if (sys.fstat(fd).dev === sys.fstat(view.root).dev) return 'root';
  return sys.statfs(pathOfFd(fd)).isReadonly ? 'read-only' : 'writable';
}
