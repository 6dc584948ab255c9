// A layer is the difference between two directory trees (OCI image-spec, layer.md): what is new or changed, and an empty
// ".wh.NAME" for what is gone. Times alone do not make a difference, and none is later than SOURCE_DATE_EPOCH.
// Called by the image recipe with trees on this machine's disk; needs root, to read owners and every file.

import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { SOURCE_DATE_EPOCH } from '../rootfs/output.ts';
import { sorted, type Entry, type EntryType } from '../rootfs/tar.ts';

export interface Node {
  readonly entry: Entry;
  /** Everything that makes it this file and no other, but for its time. */
  readonly identity: string;
}

/** By path below the root, in no promised order. */
export type Tree = ReadonlyMap<string, Node>;

function typeOf(stat: Stats, path: string): EntryType {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  throw new Error(`${path}: a device or socket has no place in an image`);
}

export function readTree(root: string): Tree {
  const tree = new Map<string, Node>();
  const firstName = new Map<number, string>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const stat = lstatSync(join(root, path));
      const type = typeOf(stat, path);
      const { uid, gid } = stat;
      const mode = stat.mode & 0o7777;
      const mtime = Math.min(Math.floor(stat.mtimeMs / 1000), SOURCE_DATE_EPOCH);
      const content = type === 'file' ? readFileSync(join(root, path)) : undefined;
      const link = type === 'symlink' ? readlinkSync(join(root, path)) : undefined;
      const hash = createHash('sha1')
        .update(content ?? link ?? '')
        .digest('hex');
      const identity = [type, mode, uid, gid, hash].join(' ');
      const first = type === 'file' && stat.nlink > 1 ? firstName.get(stat.ino) : undefined;
      const entry: Entry = { path, type, mode, uid, gid, mtime, ...(content && { content }), ...(link && { link }) };
      if (first === undefined) {
        if (stat.nlink > 1) firstName.set(stat.ino, path);
        tree.set(path, { entry, identity });
      } else {
        tree.set(path, { entry: { path, type: 'hardlink', mode, uid, gid, mtime, link: first }, identity });
      }
      if (type === 'directory') visit(path);
    }
  };
  visit('');
  return tree;
}

export function difference(below: Tree, above: Tree): Entry[] {
  const layer = new Map<string, Entry>();
  // Directories above a change are part of the layer: without them their owner and mode would be lost on extraction.
  const add = (entry: Entry): void => {
    for (let parent = dirname(entry.path); parent !== '.' && !layer.has(parent); parent = dirname(parent)) {
      const node = above.get(parent);
      if (node !== undefined) layer.set(parent, node.entry);
    }
    layer.set(entry.path, entry);
  };
  for (const [path, node] of above) {
    if (below.get(path)?.identity !== node.identity) add(node.entry);
  }
  for (const path of below.keys()) {
    const parent = dirname(path);
    const goneWithParent = parent !== '.' && !above.has(parent);
    if (above.has(path) || goneWithParent) continue;
    const marker = join(parent, `.wh.${path.slice(path.lastIndexOf('/') + 1)}`);
    add({
      path: marker,
      type: 'file',
      mode: 0o600,
      uid: 0,
      gid: 0,
      mtime: SOURCE_DATE_EPOCH,
      content: Buffer.alloc(0),
    });
  }
  // A hard link needs its first name in the same layer; if that one did not change, the file is stored again.
  return sorted(layer.values()).map((entry) => {
    if (entry.type !== 'hardlink' || layer.has(entry.link ?? '')) return entry;
    const content = above.get(entry.link ?? '')?.entry.content ?? Buffer.alloc(0);
    const { path, mode, uid, gid, mtime } = entry;
    return { path, type: 'file', mode, uid, gid, mtime, content };
  });
}
