// rm -rf of trees that may be big, a slice at a time, so that the loop answers others meanwhile. A small tree is gone when the
// call returns. Called for layers, volumes and build contexts.
import * as sys from '../sys/index.ts';
import { console } from './globals.ts';
import { sleep } from './wait.ts';

/** How long others may have to wait. */
const SLICE_MS = 10;
/** Files of one directory that are removed without a look at the clock; more are counted out in pieces of this many. */
const PIECE = 64;
/** Deeper down a whole subtree is one piece: a path would get too long. */
const MAX_DEPTH = 64;

const pending = new Set<Promise<void>>();

/**
 * Begins to remove a tree. With `grave`, a directory of the same file system, it goes there first: its name is free at once.
 * Throws for what fails now, such as EBUSY at a mount point; what fails later is logged.
 */
export function removeTreeInSlices(path: string, grave?: string): void {
  const work = removal(grave === undefined ? path : bury(path, grave), 0);
  if (slice(work)) return;
  const rest = remove(path, work).finally(() => pending.delete(rest));
  pending.add(rest);
}

async function remove(path: string, work: Generator<void, void>): Promise<void> {
  try {
    do await sleep(0);
    while (!slice(work));
  } catch (error) {
    console.error(`removing ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where it lies now; what is not there needs no grave. */
function bury(path: string, grave: string): string {
  const buried = `${grave}/removing-${sys.randomHex(8)}`;
  try {
    sys.mkdirAll(grave, 0o700);
    sys.rename(path, buried);
  } catch (error) {
    if (!sys.isErrno(error, 'ENOENT')) throw error;
  }
  return buried;
}

/** Resolves when all trees whose removal has begun are gone; undefined if they are already. */
export function treesRemoved(): Promise<unknown> | undefined {
  return pending.size === 0 ? undefined : Promise.all(pending);
}

/** True when all is done. */
function slice(work: Generator<void, void>): boolean {
  const end = sys.monotonicMs() + SLICE_MS;
  do if (work.next().done === true) return true;
  while (sys.monotonicMs() < end);
  return false;
}

/** Pauses after each piece. Directories are removed from the bottom up, the files of a small one in C. */
function* removal(directory: string, depth: number): Generator<void, void> {
  const entries = depth < MAX_DEPTH ? readdirIfExists(directory) : [];
  const files: string[] = [];
  for (const { name, type } of entries) {
    if (type === sys.DT.DIR) yield* removal(`${directory}/${name}`, depth + 1);
    else files.push(name);
  }
  while (files.length > PIECE) {
    for (const name of files.splice(-PIECE)) sys.removeQuietly(`${directory}/${name}`);
    yield;
  }
  sys.removeTree(directory);
  yield;
}

function readdirIfExists(path: string): ReturnType<typeof sys.readdir> {
  try {
    return sys.readdir(path);
  } catch (error) {
    if (sys.isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
