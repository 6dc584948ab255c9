// Whole trees in C: rm -rf, cp -a, du. None follows a symlink. Blocking: a daemon runs big ones in a forked child (loop/offload.ts).

import { native } from './native.ts';
import { AT_FDCWD } from './constants.ts';
import { checked } from './error.ts';

/** rm -rf: inodes removed; 0 if there was nothing. Throws EBUSY at a mount point. */
export function removeTree(path: string): number {
  return checked('removeTree', [path], native.removeTree(AT_FDCWD, path));
}

/** cp -a: `to` is made; if it is a directory already, the entries of `from` go into it. Entries copied. */
export function copyTree(from: string, to: string): number {
  return checked('copyTree', [from, to], native.copyTree(AT_FDCWD, from, AT_FDCWD, to));
}

/** du: hardlinks counted once. */
export function diskUsage(path: string): { allocatedBytes: number; apparentBytes: number; inodes: number } {
  return checked<{ allocatedBytes: number; apparentBytes: number; inodes: number }>(
    'diskUsage',
    [path],
    native.diskUsage(AT_FDCWD, path),
  );
}
