// What COPY and ADD copy: paths of the context, of another stage or of an image, with wildcards; URLs; text in the
// Dockerfile. Each source is found, never followed out of its root, and known to the cache by its hash.
import { lookupUser } from '../dockerd/container/user.ts';
import { resolveInRoot } from '../dockerd/container/resolve.ts';
import { invalidParameter, messageOf } from '../dockerd/errors.ts';
import * as sys from '../sys/index.ts';
import type { BuildContext } from './context.ts';
import { isArchive } from './context.ts';
import { download, isUrl } from './download.ts';
import type { Instruction, Of } from './dockerfile/instruction.ts';
import { expandText, type Lookup } from './dockerfile/words.ts';
import { hasWildcards, matchGlob } from './glob.ts';
import { baseName, cleanRelative, dirName } from './paths.ts';
import { treeHash } from './tree.ts';
import type { Owner } from '../image/owners.ts';

export type CopyInstruction = Of<'COPY' | 'ADD'> & Instruction;

export interface Source {
  /** Where it lies, symlinks resolved. */
  readonly path: string;
  /** What a file is called in a destination that is a directory. */
  readonly name: string;
  /** Directory of it as it was written, for --parents. */
  readonly parent: string;
  readonly isDirectory: boolean;
  /** ADD unpacks it. */
  readonly isArchive: boolean;
  /** `file:<sha256>` or `dir:<sha256>` */
  readonly hash: string;
}

export interface SourceRoot {
  readonly dir: string;
  /** The build context: its files belong to root whatever the client's owners were. */
  readonly isContext: boolean;
}

/** All sources of one instruction, wildcards resolved, in order. Throws ApiError beginning `COPY failed: `. */
export async function findSources(
  instruction: CopyInstruction,
  paths: CopyInstruction['sources'],
  root: SourceRoot,
  context: BuildContext,
  lookup: Lookup,
): Promise<Source[]> {
  try {
    const found: Source[] = [];
    for (const source of paths) {
      if (typeof source !== 'string') {
        const text = source.expand ? expandText(source.content, lookup) : source.content;
        found.push(await ownFile(context, source.name, (path) => sys.writeFile(path, text, 0o644)));
      } else if (isUrl(source)) found.push(await fromUrl(instruction, source, context));
      else
        for (const path of await matches(root, source))
          found.push(await fromRoot(instruction, root, path, hasWildcards(source)));
    }
    if (found.length === 0) throw invalidParameter('no source files were specified');
    return found;
  } catch (error) {
    throw invalidParameter(`${instruction.name} failed: ${messageOf(error)}`);
  }
}

/** One hash for all: that of the only source, or of all of them together. */
export function hashOf(sources: readonly Source[]): string {
  const [first] = sources;
  if (sources.length === 1 && first) return first.hash;
  return `multi:${sys.sha256Hex(sources.map((source) => source.hash).join(','))}`;
}

async function fromUrl(instruction: CopyInstruction, url: string, context: BuildContext): Promise<Source> {
  if (instruction.name === 'COPY') throw invalidParameter("source can't be a URL for COPY");
  let name = '';
  const source = await ownFile(context, 'download', async (path) => {
    ({ name } = await download(url, path));
  });
  const checksum = instruction.flags.text('checksum');
  if (checksum !== '') {
    const actual = `sha256:${sys.sha256File(source.path)}`;
    if (actual !== checksum) throw invalidParameter(`digest mismatch ${actual}: ${checksum}`);
  }
  if (name === '' && instruction.dest.endsWith('/'))
    throw invalidParameter(`cannot determine filename for source ${url}`);
  return { ...source, name: name || '__unnamed__' };
}

/** A file that is made for this build, in a directory of its own. */
async function ownFile(
  context: BuildContext,
  name: string,
  write: (path: string) => Promise<void> | void,
): Promise<Source> {
  const dir = `${context.scratch}/${sys.randomHex(6)}`;
  sys.mkdir(dir, 0o700);
  const path = `${dir}/${name}`;
  await write(path);
  const hash = `file:${await treeHash(path, { owner: 0, name: 'file' })}`;
  return { path, name, parent: '', isDirectory: false, isArchive: false, hash };
}

async function fromRoot(
  instruction: CopyInstruction,
  root: SourceRoot,
  path: string,
  fromWildcard: boolean,
): Promise<Source> {
  const real = resolveInRoot(root.dir, path === '' ? '.' : path);
  if (real === undefined) {
    const words = `stat ${path}: file does not exist`;
    throw invalidParameter(
      root.isContext && !fromWildcard
        ? `file not found in build context or excluded by .dockerignore: ${words}`
        : words,
    );
  }
  const isDirectory = sys.isDirectory(sys.lstat(real));
  const owner = root.isContext ? { owner: 0 } : {};
  // A file's own name is no part of what it is: copied under another name it is the same.
  const hash = isDirectory
    ? `dir:${await treeHash(real, owner)}`
    : `file:${await treeHash(real, { ...owner, name: 'file' })}`;
  const unpack = instruction.flags.has('unpack') ? instruction.flags.isSet('unpack') : true;
  return {
    path: real,
    name: baseName(path),
    parent: dirName(path),
    isDirectory,
    isArchive: instruction.name === 'ADD' && !isDirectory && unpack && isArchive(real),
    hash,
  };
}

/** Paths relative to the root that a source means: itself, or what its wildcards match. */
async function matches(root: SourceRoot, source: string): Promise<string[]> {
  if (root.isContext && leadsOut(source))
    throw invalidParameter(`forbidden path outside the build context: ${source} ()`);
  // --parents: `./` in the middle only says where the kept part of the path begins.
  const clean = cleanRelative(source);
  if (!hasWildcards(clean)) return [clean];
  let found = [''];
  for (const part of clean.split('/')) {
    found = found.flatMap((dir) => {
      const path = (name: string): string => (dir === '' ? name : `${dir}/${name}`);
      if (!hasWildcards(part)) return resolveInRoot(root.dir, path(part)) === undefined ? [] : [path(part)];
      const real = resolveInRoot(root.dir, dir === '' ? '.' : dir);
      return real === undefined
        ? []
        : sys
            .listNames(real)
            .filter((name) => matchGlob(part, name))
            .map(path);
    });
  }
  return Promise.resolve(found);
}

function leadsOut(path: string): boolean {
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** --chown in the words of the image's own passwd; a user without a group is the group of that name. */
export function ownerOf(root: string, text: string): Owner {
  const [user = '', group = user] = text.split(':');
  const missing = (kind: string, name: string): never => {
    throw invalidParameter(
      `unable to convert uid/gid chown string to host mapping: can't find ${kind} for ${kind === 'uid' ? 'user' : 'group'} ${name}: no such ${kind === 'uid' ? 'user' : 'group'}: ${name}`,
    );
  };
  try {
    return pick(lookupUser(root, `${user || '0'}:${group || '0'}`, []));
  } catch (error) {
    return messageOf(error).includes('find group') ? missing('gid', group) : missing('uid', user);
  }
}

const pick = ({ uid, gid }: Owner): Owner => ({ uid, gid });

/** --chmod: octal. */
export function modeOf(text: string): number {
  if (!/^0?[0-7]{1,4}$/.test(text))
    throw invalidParameter(`invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`);
  return parseInt(text, 8);
}
