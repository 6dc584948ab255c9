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

/** move_mount(2) of a detached tree onto a path. */
export function moveMount(treeFd: number, toDirfd: number, to: string): void {
  const MOVE_MOUNT_F_EMPTY_PATH = 4;
  sys('move_mount', treeFd, '', toDirfd, to, MOVE_MOUNT_F_EMPTY_PATH);
}

/** mount_setattr(2): sets and clears MOUNT_ATTR_* (RDONLY 1, NOSUID 2, NODEV 4, NOEXEC 8), recursively with AT_RECURSIVE. */
export function mountSetattr(path: string, set: number, clear: number, flags = 0, propagation = 0): void {
  const attributes = new Uint32Array(8);
  attributes[0] = set;
  attributes[2] = clear;
  attributes[4] = propagation;
  sys('mount_setattr', AT_FDCWD, path, flags, attributes, attributes.byteLength);
}
