// COPY and ADD: sources become a layer of their own. It is made in a fresh directory that holds nothing but the copied
// files and the directories that lead to them, so no symlink of the image can lead a copy astray; the image is mounted only
// to see what the destination means in it.
import { resolveInRoot } from '../dockerd/container/resolve.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import { invalidParameter } from '../dockerd/errors.ts';
import type { Layer } from '../image/layers.ts';
import { offload } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { ignorePatterns, isIgnored, type IgnorePattern } from './dockerignore.ts';
import { cleanRelative } from './paths.ts';
import type { CopyInstruction, Source } from './sources.ts';
import { modeOf, ownerOf } from './sources.ts';
import { archiveFailure } from '../image/extract.ts';
import { setAttributes, type Owner } from '../image/owners.ts';
import { packInto } from '../image/pack.ts';
import { commitMade, withRootOf } from './tree.ts';

export interface CopyRequest {
  readonly instruction: CopyInstruction;
  readonly sources: readonly Source[];
  /** Absolute; a slash at its end says that it is a directory. */
  readonly dest: string;
  readonly chown: string;
  readonly chmod: string;
  /** --exclude, variables replaced. */
  readonly excludes: readonly string[];
}

/** The new layer on top of `parent`; undefined if nothing was copied. */
export function copyToLayer(
  daemon: Daemon,
  parent: string | undefined,
  request: CopyRequest,
): Promise<Layer | undefined> {
  const { sources, dest, instruction } = request;
  const parents = instruction.flags.isSet('parents');
  if (sources.length > 1 && !dest.endsWith('/') && !parents)
    throw invalidParameter(
      `When using ${instruction.name} with more than one source file, the destination must be a directory and end with a /`,
    );
  return withRootOf(daemon, parent, async (root) => {
    const owner = request.chown === '' ? undefined : ownerOf(root, request.chown);
    const made = daemon.layers.begin();
    try {
      const copy = new Copy(root, made.diffDir, owner, request);
      for (const source of sources) await copy.add(source, parents ? `${dest}/${source.parent}/` : dest);
      await copy.finish();
      return await commitMade(daemon, made, parent);
    } catch (error) {
      daemon.layers.discard(made);
      throw error;
    }
  });
}

/** One directory on the way to the destination. */
interface Made {
  readonly path: string;
  /** Its counterpart in the image; undefined if it is new. */
  readonly like: sys.Stat | undefined;
}

class Copy {
  private readonly made = new Map<string, Made>();
  /** What was copied, to be given its owner and mode at the end. */
  private readonly copied = new Set<string>();
  private readonly excludes: readonly IgnorePattern[];

  /** The image, mounted; its real path, which paths that are found in it begin with. */
  private readonly root: string;

  constructor(
    root: string,
    private readonly into: string,
    private readonly owner: Owner | undefined,
    private readonly request: CopyRequest,
  ) {
    this.root = resolveInRoot(root, '.') ?? root;
    this.excludes = ignorePatterns(request.excludes);
  }

  async add(source: Source, dest: string): Promise<void> {
    const target = this.locate(dest);
    const keepsName = this.request.instruction.flags.isSet('parents') && source.isDirectory;
    if (source.isDirectory || source.isArchive) {
      const where = keepsName ? `${target.path}/${source.name}` : target.path;
      if (target.stat && !sys.isDirectory(target.stat)) throw invalidParameter(`cannot copy to non-directory: ${dest}`);
      const directory = this.directory(where);
      await this.fill(source, directory);
      return;
    }
    if (dest.endsWith('/') && target.stat && !sys.isDirectory(target.stat))
      throw invalidParameter(`mkdir ${dest}: not a directory`);
    const isDirectory = dest.endsWith('/') || (target.stat !== undefined && sys.isDirectory(target.stat));
    const [dir, name] = isDirectory ? [target.path, source.name] : splitPath(target.path);
    const path = `${this.directory(dir)}/${name}`;
    sys.removeQuietly(path);
    sys.copyTree(source.path, path);
    this.copied.add(path);
  }

  /** A directory's contents, or an archive's. */
  private async fill(source: Source, directory: string): Promise<void> {
    const isFirst = sys.readdir(directory).length === 0;
    const before = directory === this.into ? { like: sys.lstat(this.root) } : this.made.get(directory);
    if (source.isArchive) await unpack(source.path, directory);
    // Into a directory that has something already the tar goes, which follows no symlink that an earlier source brought.
    else if (isFirst) await copyTree(source.path, directory);
    else await packInto(source.path, {}, directory, { whiteouts: 'plain' });
    if (before) attributes(directory, before.like, this.owner);
    if (this.excludes.length > 0) removeExcluded(directory, '', this.excludes);
    this.copied.add(directory);
  }

  /** Owners and modes, then the times of the directories that were there before. */
  async finish(): Promise<void> {
    const { chmod } = this.request;
    const mode = chmod === '' ? undefined : modeOf(chmod);
    const { owner } = this;
    if (owner !== undefined || mode !== undefined) {
      const paths = [...this.copied];
      const kept = new Set([...this.made.values()].filter(({ like }) => like).map(({ path }) => path));
      await offload(
        () => {
          for (const path of paths) setAttributes(path, owner, mode, kept);
          return true;
        },
        { title: 'dockerd: chown' },
      );
    }
    for (const { path, like } of [...this.made.values()].reverse())
      if (like) sys.utimensat(sys.AT_FDCWD, path, like.mtimeSec, like.mtimeSec);
  }

  /** A destination in the image: its real path there (symlinks followed as far as it exists), and what it is. */
  private locate(dest: string): { path: string; stat: sys.Stat | undefined } {
    const parts = cleanRelative(dest).split('/').filter(Boolean);
    for (let count = parts.length; count > 0; count -= 1) {
      const real = resolveInRoot(this.root, `/${parts.slice(0, count).join('/')}`);
      if (real === undefined) continue;
      const path = [real.slice(this.root.length), ...parts.slice(count)].join('/');
      const stat = sys.lstat(real);
      if (count < parts.length && !sys.isDirectory(stat)) throw invalidParameter(`mkdir ${dest}: not a directory`);
      return { path, stat: count === parts.length ? stat : undefined };
    }
    return {
      path: parts.map((part) => `/${part}`).join(''),
      stat: parts.length === 0 ? sys.lstat(this.root) : undefined,
    };
  }

  /** Makes a directory of the new layer and those above it, each with the attributes that it has in the image. */
  private directory(path: string): string {
    let made = this.into;
    let inImage = this.root;
    for (const part of path.split('/').filter(Boolean)) {
      made += `/${part}`;
      inImage += `/${part}`;
      if (this.made.has(made)) continue;
      const stat = sys.statIfExists(inImage, false);
      const like = stat && sys.isDirectory(stat) ? stat : undefined;
      const known = sys.statIfExists(made, false);
      if (known && !sys.isDirectory(known)) sys.removeQuietly(made);
      if (!known || !sys.isDirectory(known)) {
        sys.mkdir(made, 0o755);
        attributes(made, like, this.owner);
        this.made.set(made, { path: made, like });
      }
    }
    return made;
  }
}

function attributes(path: string, like: sys.Stat | undefined, owner: Owner | undefined): void {
  const { uid, gid } = like ?? owner ?? { uid: 0, gid: 0 };
  sys.chown(path, uid, gid);
  sys.chmod(path, like ? like.mode & 0o7777 : 0o755);
}

async function unpack(archive: string, directory: string): Promise<void> {
  try {
    await offload(() => sys.extractFile(archive, directory, { whiteouts: 'plain' }), { title: 'dockerd: untar' });
  } catch (error) {
    // From a child only name, message and code of an error arrive.
    throw error instanceof Error && error.name === 'ArchiveError' ? archiveFailure(error as sys.ArchiveError) : error;
  }
}

const SMALL_INODES = 256;

async function copyTree(from: string, to: string): Promise<void> {
  const { inodes, apparentBytes } = sys.diskUsage(from);
  if (inodes < SMALL_INODES && apparentBytes < 1 << 20) sys.copyTree(from, to);
  else await offload(() => sys.copyTree(from, to), { title: 'dockerd: copy' });
}

function removeExcluded(directory: string, prefix: string, patterns: readonly IgnorePattern[]): void {
  for (const { name } of sys.readdir(directory)) {
    const [path, relative] = [`${directory}/${name}`, prefix === '' ? name : `${prefix}/${name}`];
    if (isIgnored(patterns, relative)) sys.removeTree(path);
    else if (sys.isDirectory(sys.lstat(path))) removeExcluded(path, relative, patterns);
  }
}

function splitPath(path: string): [dir: string, name: string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, at), path.slice(at + 1)];
}
