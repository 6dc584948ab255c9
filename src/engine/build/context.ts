// The build context: the client's tar (or what a URL leads to) unpacked into a directory that lives as long as the build.
import { readFileInRoot, resolveParent } from '../dockerd/container/resolve.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import { ApiError, invalidParameter, systemError } from '../dockerd/errors.ts';
import { extractStream } from '../image/extract.ts';
import { removeTreeInSlices, type ByteReader } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { download } from './download.ts';
import { isIgnored, parseIgnore } from './dockerignore.ts';
import type { BuildOptions } from './options.ts';
import { cleanRelative } from './paths.ts';

export interface BuildContext {
  /** Absolute; everything in it belongs to root. */
  readonly dir: string;
  /** For downloads and unpacked archives; goes with the context. */
  readonly scratch: string;
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
  remove(): void;
}

/** Receives the whole context. Throws ApiError; nothing is left then. */
export async function receiveContext(daemon: Daemon, body: ByteReader, options: BuildOptions): Promise<BuildContext> {
  const base = `${daemon.config.dataRoot}/tmp/build-${sys.randomHex(8)}`;
  const [dir, scratch] = [`${base}/context`, `${base}/scratch`];
  const remove = (): void => removeTreeInSlices(base);
  sys.mkdirAll(dir, 0o755);
  sys.mkdir(scratch, 0o700);
  try {
    if (options.remote === '') await unpack(body, dir);
    else if (options.remote === 'client-session') throw invalidParameter('client-session contexts require BuildKit');
    else await fetchRemote(options.remote, dir, scratch, options.dockerfile);
    const dockerfile = readDockerfile(dir, options);
    return { dir, scratch, dockerfile, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function unpack(body: ByteReader, dir: string): Promise<void> {
  try {
    await extractStream(body, dir, { whiteouts: 'plain', chown: false, allowsShortEnd: true });
  } catch (error) {
    throw error instanceof ApiError ? invalidParameter(`Error processing tar file: ${error.message}`) : error;
  }
}

/** A URL leads to one Dockerfile, or to a tar. Git repositories need a git that the machine does not have. */
async function fetchRemote(url: string, dir: string, scratch: string, dockerfile: string): Promise<void> {
  if (/^git@|^git:\/\/|\.git(?:#.*)?$/.test(url) || !/^https?:\/\//.test(url))
    throw systemError(`unable to prepare context: git is not available in this engine: ${url}`);
  const file = `${scratch}/remote`;
  await download(url, file);
  if (isArchive(file)) sys.extractFile(file, dir, { whiteouts: 'plain', chown: false });
  else {
    const path = `${dir}/${cleanRelative(dockerfile)}`;
    sys.mkdirAll(path.slice(0, path.lastIndexOf('/')));
    sys.rename(file, path);
  }
}

function readDockerfile(dir: string, options: BuildOptions): string {
  const name = cleanRelative(options.dockerfile);
  const text = readFileInRoot(dir, name) ?? (name === 'Dockerfile' ? readFileInRoot(dir, 'dockerfile') : undefined);
  if (text === undefined) throw invalidParameter(`Cannot locate specified Dockerfile: ${options.dockerfile}`);
  if (text.length === 0) throw invalidParameter(`the Dockerfile (${options.dockerfile}) cannot be empty`);
  dropIgnored(dir, name);
  return text;
}

/** Clients always send these two files, because the engine needs them; if they are ignored, COPY must not see them. */
function dropIgnored(dir: string, dockerfile: string): void {
  const text = readFileInRoot(dir, '.dockerignore');
  if (text === undefined) return;
  const patterns = parseIgnore(text);
  for (const path of ['.dockerignore', dockerfile]) {
    const real = isIgnored(patterns, path) ? resolveParent(dir, `/${path}`) : undefined;
    if (real !== undefined) sys.removeQuietly(real);
  }
}

/** Enough of a gzip to hold the first header of a tar, and no more than two megabytes of zeros. */
const HEAD_BYTES = 2 * 1024;

/** Is a file a tar, as it is or compressed? Throws ApiError (501) for a compression that is not implemented. */
export function isArchive(path: string): boolean {
  if (!sys.isRegular(sys.lstat(path))) return false;
  const fd = sys.open(path, sys.O_RDONLY);
  let head: Uint8Array;
  try {
    head = sys.readSome(fd, HEAD_BYTES) ?? new Uint8Array(0);
  } finally {
    sys.closeQuietly(fd);
  }
  const starts = (...bytes: number[]): boolean => bytes.every((byte, n) => head[n] === byte);
  if (starts(0x42, 0x5a, 0x68) || starts(0xfd, 0x37, 0x7a, 0x58, 0x5a))
    throw systemError('ADD of an archive that is compressed by bzip2 or xz is not implemented in this engine');
  if (!starts(0x1f, 0x8b) && !starts(0x28, 0xb5, 0x2f, 0xfd)) return isTarHeader(head);
  try {
    return isTarHeader(new sys.Inflate().push(head));
  } catch {
    return false;
  }
}

/** The sum of a ustar header's bytes, with its own field as blanks, stands in it. tar(5) */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  let sum = 0;
  for (let i = 0; i < 512; i += 1) sum += i >= 148 && i < 156 ? 32 : (head[i] ?? 0);
  const written = /^ *([0-7]+)/.exec(sys.latin1Decode(head.subarray(148, 156)))?.[1];
  return written !== undefined && parseInt(written, 8) === sum;
}
