// The mount tree: mount(2), umount2(2), pivot_root(2), and the newer open_tree(2), move_mount(2), mount_setattr(2).

import { AT_FDCWD } from './constants.ts';
import { raw, sys } from './error.ts';

/** Flags of mount(2). */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  SYNCHRONOUS: 16,
  REMOUNT: 32,
  NOATIME: 1024,
  NODIRATIME: 2048,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  SILENT: 32768,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  RELATIME: 1 << 21,
  STRICTATIME: 1 << 24,
} as const;

/** Flags of umount2(2). */
export const MNT_FORCE = 1;
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;

/** mount(2). data holds the file system's own options: "lowerdir=…,upperdir=…". */
export function mount(
  source: string | null,
  target: string,
  type: string | null,
  flags = 0,
  data: string | null = null,
): void {
  sys('mount', source, target, type, flags, data);
}

/** umount2(2). */
export function umount2(target: string, flags = 0): void {
  sys('umount2', target, flags);
}

/** umount2(2) for clean-up paths: true if something was mounted there and is now gone. */
export function umountQuietly(target: string, flags = MNT_DETACH): boolean {
  return raw('umount2', target, flags) >= 0;
}

/** pivot_root(2): newRoot becomes /, the old root appears at putOld. */
export function pivotRoot(newRoot: string, putOld: string): void {
  sys('pivot_root', newRoot, putOld);
}

/** open_tree(2): flags OPEN_TREE_CLONE 1, AT_RECURSIVE; a descriptor of a detached copy of the tree. */
export function openTree(dirfd: number, path: string, flags: number): number {
  const OPEN_TREE_CLOEXEC = 0o2000000;
  return sys('open_tree', dirfd, path, flags | OPEN_TREE_CLOEXEC);
}

/** move_mount(2) of a detached tree onto a path; '' is `toDirfd` itself. */
export function moveMount(treeFd: number, toDirfd: number, to: string): void {
  const MOVE_MOUNT_F_EMPTY_PATH = 4;
  const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  const flags = MOVE_MOUNT_F_EMPTY_PATH | (to === '' ? MOVE_MOUNT_T_EMPTY_PATH : 0);
  sys('move_mount', treeFd, '', toDirfd, to, flags);
}

export interface MountAttributes {
  /** What `path` is relative to. */
  readonly dirfd?: number;
  /** MOUNT_ATTR_*: RDONLY 1, NOSUID 2, NODEV 4, NOEXEC 8 … */
  readonly set?: number;
  readonly clear?: number;
  /** AT_RECURSIVE, AT_EMPTY_PATH */
  readonly flags?: number;
  /** MS.PRIVATE, MS.SLAVE, MS.SHARED, MS.UNBINDABLE */
  readonly propagation?: number;
}

/** mount_setattr(2): sets and clears attributes of a mount, with AT_RECURSIVE also of those below it. */
export function mountSetattr(path: string, attributes: MountAttributes): void {
  const { dirfd = AT_FDCWD, set = 0, clear = 0, flags = 0, propagation = 0 } = attributes;
  // struct mount_attr { __u64 attr_set, attr_clr, propagation, userns_fd; }
  const words = Uint32Array.of(set, 0, clear, 0, propagation, 0, 0, 0);
  sys('mount_setattr', dirfd, path, flags, words, words.byteLength);
}
