// How dockerd keeps its state on disk: each file is replaced as a whole, so that a cut at any byte leaves the old one
// or the new one. Files that are damaged all the same are reported and taken as absent.
import { console } from '../loop/index.ts';
import * as sys from '../sys/index.ts';

/** For what must not be lost once a client was told that it is done: images, volumes, a container's name, limits and networks. Costs two journal commits. */
export function writeDurably(path: string, value: unknown): void {
  sys.writeFileAtomic(path, JSON.stringify(value), 0o600, true);
}

/** A part of something whose last record is written durably: whole or not there. Costs a journal commit. */
export function writeWhole(path: string, value: unknown): void {
  sys.writeFileAtomic(path, JSON.stringify(value), 0o600);
}

/**
 * For what changes with every start and stop. Written aside and renamed without fsync: ext4 writes a file's data before
 * it commits the rename over an older file (auto_da_alloc), and a new file that a power cut left empty is not read.
 */
export function writeReplacing(path: string, value: unknown): void {
  const temporary = `${path}.tmp`;
  sys.writeFile(temporary, typeof value === 'string' ? value : JSON.stringify(value), 0o600);
  sys.rename(temporary, path);
}

/** The parsed file, or undefined if there is none or it is damaged. */
export function readJson(path: string): unknown {
  const text = sys.readTextIfExists(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    console.error(`ignoring damaged ${path}`);
    return undefined;
  }
}
