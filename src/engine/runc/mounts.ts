// The container's mounts, made below its root directory before pivot_root: /proc, /dev, /sys, volumes, /etc/hosts …
// mount(2), mount_namespaces(7). Called by rootfs.ts.
import * as sys from '../sys/index.ts';
import { RuncError } from './error.ts';
import type { Mount } from './spec.ts';

const { MS } = sys;

/** Option words that are flags: [flag, is it cleared by the word?]. */
const FLAG_OPTIONS: Readonly<Record<string, readonly [flag: number, clear?: true]>> = {
  ro: [MS.RDONLY],
  rro: [MS.RDONLY],
  rw: [MS.RDONLY, true],
  nosuid: [MS.NOSUID],
  suid: [MS.NOSUID, true],
  nodev: [MS.NODEV],
  dev: [MS.NODEV, true],
  noexec: [MS.NOEXEC],
  exec: [MS.NOEXEC, true],
  sync: [MS.SYNCHRONOUS],
  async: [MS.SYNCHRONOUS, true],
  noatime: [MS.NOATIME],
  atime: [MS.NOATIME, true],
  nodiratime: [MS.NODIRATIME],
  diratime: [MS.NODIRATIME, true],
  relatime: [MS.RELATIME],
  norelatime: [MS.RELATIME, true],
  strictatime: [MS.STRICTATIME],
  nostrictatime: [MS.STRICTATIME, true],
  bind: [MS.BIND],
  rbind: [MS.BIND | MS.REC],
  defaults: [0],
};

/** Option words that say where later mounts and unmounts spread to. */
export const PROPAGATION: Readonly<Record<string, number>> = {
  private: MS.PRIVATE,
  rprivate: MS.PRIVATE | MS.REC,
  slave: MS.SLAVE,
  rslave: MS.SLAVE | MS.REC,
  shared: MS.SHARED,
  rshared: MS.SHARED | MS.REC,
  unbindable: MS.UNBINDABLE,
  runbindable: MS.UNBINDABLE | MS.REC,
};

export interface MountOptions {
  readonly flags: number;
  readonly propagation: readonly number[];
  /** `rro`: what is mounted below it is read-only too. */
  readonly recursiveReadonly: boolean;
  /** What the file system itself is told: `mode=755,size=65536k`. */
  readonly data: string;
}

/** fstab's words to mount(2)'s arguments. */
export function parseOptions(options: readonly string[] = []): MountOptions {
  let flags = 0;
  const propagation: number[] = [];
  const data: string[] = [];
  for (const word of options) {
    const flag = FLAG_OPTIONS[word];
    const spread = PROPAGATION[word];
    if (flag) flags = flag[1] ? flags & ~flag[0] : flags | flag[0];
    else if (spread !== undefined) propagation.push(spread);
    else data.push(word);
  }
  return { flags, propagation, recursiveReadonly: options.includes('rro'), data: data.join(',') };
}

type Kind = 'directory' | 'file';

/**
 * The place for a mount inside the container's root, made if it is missing: a directory, or an empty file if a file is
 * to be bound there. The image may have put a symbolic link in the way (`/proc -> /`): RESOLVE_IN_ROOT follows it as if
 * the root directory were `/`, so no link leads out to the host.
 */
export function mountPoint(rootFd: number, rootPath: string, path: string, kind: Kind | (() => Kind)): string {
  let [start, end] = [0, path.length];
  while (path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  const lexical = path.slice(start, end);
  // The usual case in one call: it is there, and no link is on the way.
  const direct = open2(rootFd, lexical || '.', sys.RESOLVE_NO_SYMLINKS | sys.RESOLVE_BENEATH);
  if (direct >= 0) {
    sys.closeQuietly(direct);
    return `${rootPath}/${lexical}`;
  }
  const resolved = openMountPoint(rootFd, lexical, kind);
  const real = sys.readlink(`/proc/self/fd/${resolved}`);
  sys.closeQuietly(resolved);
  return real;
}

/** The same as a descriptor, which stays what it is whatever another container does to the path meanwhile. */
function openMountPoint(rootFd: number, path: string, kind: Kind | (() => Kind)): number {
  const found = open2(rootFd, path || '.', sys.RESOLVE_IN_ROOT);
  if (found >= 0) return found;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const parent = openMountPoint(rootFd, path.slice(0, Math.max(0, slash)), 'directory');
  try {
    if ((typeof kind === 'string' ? kind : kind()) === 'directory') sys.mkdirat(parent, name, 0o755);
    else sys.closeQuietly(sys.openat(parent, name, sys.O_CREAT | sys.O_WRONLY | sys.O_NOFOLLOW, 0o755));
    return sys.openat(parent, name, sys.O_PATH | sys.O_NOFOLLOW);
  } finally {
    sys.closeQuietly(parent);
  }
}

/** struct open_how { __u64 flags, mode, resolve; } */
const how = Uint32Array.of(sys.O_PATH | sys.O_CLOEXEC, 0, 0, 0, 0, 0);

/** openat2(2) with O_PATH: a descriptor, or -1 if the path is not there or leaves the root. An exception costs more than the mount itself. */
function open2(rootFd: number, path: string, resolve: number): number {
  how[4] = resolve;
  return Math.max(-1, sys.raw('openat2', rootFd, path, how, how.byteLength));
}

/**
 * One entry of the specification's `mounts`. `inShared`: it goes into a tree that was bound before, which others may change at
 * this moment.
 */
export function mountOne(rootFd: number, rootPath: string, mount: Mount, inShared: boolean): void {
  const options = parseOptions(mount.options);
  try {
    if (options.flags & MS.BIND && (inShared || mount.subpath !== undefined)) bindByDescriptor(rootFd, mount, options);
    else if (options.flags & MS.BIND) bindMount(rootFd, rootPath, mount, options);
    else fileSystemMount(rootFd, rootPath, mount, options);
  } catch (error) {
    if (!(error instanceof sys.SyscallError)) throw error;
    const hint =
      error.code === 'ENOTDIR' && options.flags & MS.BIND
        ? ': Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type'
        : '';
    throw new RuncError(
      `error mounting ${JSON.stringify(mount.source ?? mount.type ?? '')} to rootfs at ${JSON.stringify(mount.destination)}: mount src=${mount.source ?? mount.type}, dst=${mount.destination}, flags=0x${options.flags.toString(16)}: ${error.text}${hint}`,
    );
  }
}

function fileSystemMount(
  rootFd: number,
  rootPath: string,
  mount: Mount,
  { flags, data, propagation }: MountOptions,
): void {
  const target = mountPoint(rootFd, rootPath, mount.destination, 'directory');
  // Docker's specification says `cgroup`; in the unified hierarchy the file system's name is cgroup2.
  const type = mount.type === 'cgroup' ? 'cgroup2' : (mount.type ?? '');
  sys.mount(mount.source ?? type, target, type, flags, data || null);
  for (const spread of propagation) sys.mount(null, target, null, spread);
}

/** A directory or file of the host appears in the container as well: one inode, two places. */
function bindMount(
  rootFd: number,
  rootPath: string,
  mount: Mount,
  { flags, propagation, recursiveReadonly }: MountOptions,
): void {
  const source = mount.source ?? '';
  const target = mountPoint(rootFd, rootPath, mount.destination, () =>
    sys.isDirectory(sys.stat(source)) ? 'directory' : 'file',
  );
  const bind = MS.BIND | (flags & MS.REC);
  sys.mount(source, target, 'bind', bind);
  // mount(2) looks at no other flag together with MS_BIND: read-only and the like need a second call, on the new mount.
  const others = flags & ~(MS.BIND | MS.REC);
  if (others) sys.mount(null, target, null, MS.BIND | MS.REMOUNT | others);
  if (recursiveReadonly && flags & MS.REC) sys.mountSetattr(target, { set: ATTR.RDONLY, flags: sys.AT_RECURSIVE });
  for (const spread of propagation) sys.mount(null, target, null, spread);
}

/** The flags of mount(2) that mount_setattr(2) knows under numbers of its own. */
const ATTR = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, NOATIME: 0x10, STRICTATIME: 0x20, NODIRATIME: 0x80 } as const;
const OPEN_TREE_CLONE = 1;

/**
 * A bind mount whose source or target lies in a tree that somebody else can change now: another container on the same volume
 * might swap a directory for a symlink between look and mount. Both ends are descriptors here, and the mount has all its
 * flags before anybody can see it. open_tree(2), mount_setattr(2), move_mount(2)
 */
function bindByDescriptor(rootFd: number, mount: Mount, { flags, propagation, recursiveReadonly }: MountOptions): void {
  const fds: number[] = [];
  const opened = (fd: number): number => {
    fds.push(fd);
    return fd;
  };
  try {
    const base = opened(sys.open(mount.source ?? '', sys.O_PATH));
    const from =
      mount.subpath === undefined ? base : opened(sys.openat2(base, mount.subpath, sys.O_PATH, 0, sys.RESOLVE_BENEATH));
    const kind = sys.isDirectory(sys.fstat(from)) ? 'directory' : 'file';
    const recursive = flags & MS.REC ? sys.AT_RECURSIVE : 0;
    const tree = opened(sys.openTree(from, '', OPEN_TREE_CLONE | sys.AT_EMPTY_PATH | recursive));
    let set = 0;
    for (const name of Object.keys(ATTR) as (keyof typeof ATTR)[]) if (flags & MS[name]) set |= ATTR[name];
    const clear = set & (ATTR.NOATIME | ATTR.STRICTATIME) ? ATIME_MODES : 0;
    if (set) sys.mountSetattr('', { dirfd: tree, set, clear, flags: sys.AT_EMPTY_PATH });
    if (recursiveReadonly && recursive)
      sys.mountSetattr('', { dirfd: tree, set: ATTR.RDONLY, flags: sys.AT_EMPTY_PATH | recursive });
    for (const spread of propagation)
      sys.mountSetattr('', {
        dirfd: tree,
        propagation: spread & ~MS.REC,
        flags: sys.AT_EMPTY_PATH | (spread & MS.REC ? sys.AT_RECURSIVE : 0),
      });
    const target = opened(openMountPoint(rootFd, mount.destination.replace(/^\/+|\/+$/g, ''), kind));
    sys.moveMount(tree, target, '');
  } finally {
    fds.forEach(sys.closeQuietly);
  }
}

/** The three ways to treat access times are one number: the others have to be cleared. */
const ATIME_MODES = 0x70;
