// The container's file system tree, from "still all of the host's" to "only its own": called by init.ts inside the new
// mount namespace, in this order. mount_namespaces(7), pivot_root(2)
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import { describe, phase, RuncError } from './error.ts';
import { mountOne, mountPoint, PROPAGATION } from './mounts.ts';
import type { Device, Spec } from './spec.ts';

const { MS } = sys;
const FILE = 'src/engine/runc/rootfs.ts';

export function prepareRootfs(spec: Spec): void {
  const { path } = spec.root;

  // 1. Our mount namespace began as a copy of the host's, with the same sharing: a mount made here would appear there
  //    too. As a slave of the host we still hear of its mounts, but it hears nothing of ours.
  step('runc', 'prepareRootfs', FILE);
  //    (A container that shares a bind mount with the host keeps its ties; only its own root must not spread.)
  const propagation = spec.linux.rootfsPropagation ?? 'rprivate';
  if (propagation.endsWith('shared')) sys.mount(null, path, null, MS.PRIVATE);
  else sys.mount(null, '/', null, PROPAGATION[propagation] ?? MS.PRIVATE | MS.REC);

  // 2. pivot_root wants the new root to be a mount of its own: bind the directory onto itself.
  sys.mount(path, path, 'bind', MS.BIND | MS.REC);
  const rootFd = sys.open(path, sys.O_PATH | sys.O_DIRECTORY);

  // 3. The mounts of the specification, in its order: /proc, /dev, /dev/pts, /sys, /sys/fs/cgroup, volumes, /etc/hosts …
  step('runc', 'mountOne', 'src/engine/runc/mounts.ts');
  const bound: string[] = [];
  for (const mount of spec.mounts) {
    const inShared = bound.some((destination) => mount.destination.startsWith(destination));
    mountOne(rootFd, path, mount, inShared);
    if (mount.options?.some((option) => option.endsWith('bind'))) bound.push(`${mount.destination}/`);
  }

  // 4. Device nodes, and the links that programs expect in /dev (unless the host's whole /dev was bound there).
  if (
    !spec.mounts.some(
      (mount) => mount.destination === '/dev' && mount.options?.some((option) => option.endsWith('bind')),
    )
  ) {
    step('runc', 'makeDevices', FILE);
    makeDevices(rootFd, path, spec.linux.devices ?? []);
  }
  sys.closeQuietly(rootFd);

  // 5. The directory becomes `/`.
  step('runc', 'pivotRoot', FILE);
  phase('pivot_root', () => pivotRoot(path));
}

/**
 * Changes `/` from the host's to the container's. The new root is stacked on the old one and the old one taken away from
 * under it, so that no directory for the old root is needed in the image (pivot_root(2), NOTES: `pivot_root(".", ".")`).
 */
function pivotRoot(newRoot: string): void {
  // 1. Both roots are kept at hand; a path would mean something else after the pivot.
  const oldFd = sys.open('/', sys.O_DIRECTORY | sys.O_RDONLY);
  const newFd = sys.open(newRoot, sys.O_DIRECTORY | sys.O_RDONLY);

  // 2. The pivot itself: `.` becomes the root of this mount namespace, the old root is mounted over it.
  sys.fchdir(newFd);
  sys.pivotRoot('.', '.');

  // 3. What happens to the old tree from here on must not spread to the host: no unmount event leaves this namespace.
  sys.fchdir(oldFd);
  sys.mount(null, '.', null, MS.SLAVE | MS.REC);

  // 4. The host's whole tree goes, from this namespace only. "Detach" because we stand in it.
  sys.umount2('.', sys.MNT_DETACH);

  // 5. Into the new root.
  sys.chdir('/');
  sys.closeQuietly(oldFd);
  sys.closeQuietly(newFd);
}

/** Devices without which hardly a program runs. */
const DEFAULT_DEVICES: readonly Device[] = [
  { path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o666 },
  { path: '/dev/random', type: 'c', major: 1, minor: 8, fileMode: 0o666 },
  { path: '/dev/full', type: 'c', major: 1, minor: 7, fileMode: 0o666 },
  { path: '/dev/tty', type: 'c', major: 5, minor: 0, fileMode: 0o666 },
  { path: '/dev/zero', type: 'c', major: 1, minor: 5, fileMode: 0o666 },
  { path: '/dev/urandom', type: 'c', major: 1, minor: 9, fileMode: 0o666 },
];

const DEVICE_LINKS: readonly (readonly [target: string, name: string])[] = [
  ['pts/ptmx', 'ptmx'],
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
  ['/proc/kcore', 'core'],
];

const TYPE_BITS = { c: sys.S_IFCHR, u: sys.S_IFCHR, b: sys.S_IFBLK, p: sys.S_IFIFO } as const;

function makeDevices(rootFd: number, root: string, extra: readonly Device[]): void {
  // mknod's mode is cut by the umask; a device that everybody may use must stay so.
  const mask = sys.umask(0);
  const dev = mountPoint(rootFd, root, '/dev', 'directory');
  for (const device of [...DEFAULT_DEVICES, ...extra]) {
    const slash = device.path.lastIndexOf('/');
    const path =
      device.path.startsWith('/dev/') && slash === '/dev'.length
        ? `${dev}/${device.path.slice(slash + 1)}`
        : `${mountPoint(rootFd, root, device.path.slice(0, slash), 'directory')}/${device.path.slice(slash + 1)}`;
    try {
      sys.mknod(
        path,
        TYPE_BITS[device.type] | (device.fileMode ?? 0o666),
        sys.makedev(device.major ?? 0, device.minor ?? 0),
      );
      if (device.uid || device.gid) sys.chown(path, device.uid ?? 0, device.gid ?? 0);
    } catch (error) {
      if (!sys.isErrno(error, 'EEXIST')) throw new RuncError(`error creating device nodes: ${describe(error)}`);
    }
  }
  sys.umask(mask);
  for (const [target, name] of DEVICE_LINKS) {
    if (name === 'core' && !sys.exists('/proc/kcore')) continue;
    const path = `${dev}/${name}`;
    if (name === 'ptmx') sys.removeQuietly(path);
    try {
      sys.symlink(target, path);
    } catch (error) {
      if (!sys.isErrno(error, 'EEXIST')) throw error;
    }
  }
}

/** After pivot_root and the console: what the container may see but not change, and what it may not even see. */
export function finishRootfs(spec: Spec): void {
  step('runc', 'finishRootfs', FILE);
  // `--read-only`: the root mount itself; volumes are mounts of their own and stay writable.
  if (spec.root.readonly) sys.mount(null, '/', null, MS.BIND | MS.REMOUNT | MS.RDONLY);
  for (const path of spec.linux.readonlyPaths ?? []) readonlyPath(path);
  for (const path of spec.linux.maskedPaths ?? []) maskPath(path);
}

/** A second, read-only mount on top of the path: /proc/sys and others must not be written even by root in the container. */
function readonlyPath(path: string): void {
  if (sys.raw('mount', path, path, null, MS.BIND | MS.REC, null) < 0) {
    if (!sys.exists(path)) return;
    sys.mount(path, path, null, MS.BIND | MS.REC);
  }
  // A remount sets all flags anew: those that /proc has must be said again.
  const inherited = path.startsWith('/proc/') ? MS.NOSUID | MS.NODEV | MS.NOEXEC : 0;
  sys.mount(path, path, null, MS.BIND | MS.REC | MS.REMOUNT | MS.RDONLY | inherited);
}

/** Hides a file behind /dev/null, a directory behind an empty read-only tmpfs. What does not exist needs no hiding. */
function maskPath(path: string): void {
  const ENOENT = 2;
  const ENOTDIR = 20;
  const result = sys.raw('mount', '/dev/null', path, null, MS.BIND, null);
  if (result === -ENOENT) return;
  if (result === -ENOTDIR) sys.mount('tmpfs', path, 'tmpfs', MS.RDONLY, 'nr_blocks=1,nr_inodes=1');
  else if (result < 0)
    throw new RuncError(`can't mask path ${JSON.stringify(path)}: ${sys.ERRNO[-result]?.[1] ?? result}`);
}
