// The build context as the client sends it: a directory (less what .dockerignore names), packed by a child unless it is small, or
// a Dockerfile or tar from stdin. Called by `docker build`.
import { hasExceptionBeneath, isIgnored, parseIgnore, type IgnorePattern } from '../../build/dockerignore.ts';
import { hasWildcards } from '../../build/glob.ts';
import { isSmall } from '../../image/pack.ts';
import { FdReader, produce, type ByteReader } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import { CommandError, type Invocation } from '../command.ts';
import { absolutePath } from '../file-stream.ts';

export interface ContextSource {
  /** The tar, to be sent as the body; undefined if the daemon fetches the context itself. */
  readonly body: ByteReader | undefined;
  /** For the daemon: where in the context the Dockerfile is. */
  readonly dockerfile: string;
  /** URL of a context that the daemon fetches. */
  readonly remote: string;
  close(): Promise<void>;
}

const DEFAULT_NAME = 'Dockerfile';

/** `path` and -f as they were typed. Throws CommandError in the client's words. */
export async function openContext(call: Invocation, path: string, file: string): Promise<ContextSource> {
  if (path === '-' && file === '-')
    throw new CommandError("invalid argument: can't use stdin for both build context and dockerfile");
  if (path === '-') return fromStdin(call, file);
  if (/^(git@|git:\/\/|github\.com\/)|^https?:\/\/.*\.git(#.*)?$/.test(path))
    throw new CommandError(
      `unable to prepare context: unable to find 'git': exec: "git": executable file not found in $PATH`,
    );
  if (/^https?:\/\//.test(path))
    return { body: undefined, dockerfile: file || DEFAULT_NAME, remote: path, close: async () => {} };
  return fromDirectory(call, path, file);
}

/** A tar (by its magic) is the context as it is; anything else is a Dockerfile with no context. */
async function fromStdin(call: Invocation, file: string): Promise<ContextSource> {
  const first = await readFirst(call.io.stdin);
  if (isArchiveStart(first.bytes)) {
    return { body: first.rest(), dockerfile: file || DEFAULT_NAME, remote: '', close: async () => {} };
  }
  if (file !== '') throw new CommandError('ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles');
  const dir = temporaryDirectory();
  sys.writeFile(`${dir}/${DEFAULT_NAME}`, await readRest(first.rest()), 0o600);
  return packed(dir, { exclude: [] }, DEFAULT_NAME, dir);
}

async function fromDirectory(call: Invocation, path: string, file: string): Promise<ContextSource> {
  const dir = absolutePath(path, call.cwd);
  const stat = sys.statIfExists(dir);
  if (!stat) throw new CommandError(`unable to prepare context: path "${path}" not found`);
  if (!sys.isDirectory(stat)) throw new CommandError(`unable to prepare context: context must be a directory: ${dir}`);
  const { name, extra } = await locateDockerfile(call, dir, file);
  const patterns = ignorePatterns(dir, extra ? '' : name);
  const exclude = patterns.length > 0 ? excludedPaths(dir, patterns, new Set(['.dockerignore', name])) : [];
  return packed(dir, { exclude, ...(extra && { extra }) }, name, extra?.dir);
}

interface Extra {
  /** A directory that holds the one file, under the name that it gets in the context. */
  readonly dir: string;
}

/** A Dockerfile outside the context (or from stdin) goes in under a name that nobody has. */
async function locateDockerfile(call: Invocation, dir: string, file: string): Promise<{ name: string; extra?: Extra }> {
  if (file === '-') return beside(await readRest(call.io.stdin));
  if (file === '') {
    if (!sys.exists(`${dir}/${DEFAULT_NAME}`) && sys.exists(`${dir}/dockerfile`)) return { name: 'dockerfile' };
    checkExists(`${dir}/${DEFAULT_NAME}`);
    return { name: DEFAULT_NAME };
  }
  const path = absolutePath(file, call.cwd);
  checkExists(path);
  if (path.startsWith(`${dir === '/' ? '' : dir}/`)) return { name: path.slice(dir === '/' ? 1 : dir.length + 1) };
  return beside(sys.readFile(path));
}

function checkExists(path: string): void {
  if (sys.exists(path)) return;
  throw new CommandError(
    `unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat ${path}: no such file or directory`,
  );
}

function beside(text: Uint8Array): { name: string; extra: Extra } {
  const dir = temporaryDirectory();
  const name = `.dockerfile.${sys.randomHex(10)}`;
  sys.writeFile(`${dir}/${name}`, text, 0o600);
  return { name, extra: { dir } };
}

function temporaryDirectory(): string {
  const dir = `/tmp/docker-build-${sys.randomHex(6)}`;
  sys.mkdir(dir, 0o700);
  return dir;
}

/** `<Dockerfile>.dockerignore` beside the Dockerfile counts before the one of the context. */
export function ignorePatterns(dir: string, dockerfile: string): IgnorePattern[] {
  const own = dockerfile === '' ? undefined : sys.readTextIfExists(`${dir}/${dockerfile}.dockerignore`);
  return parseIgnore(own ?? sys.readTextIfExists(`${dir}/.dockerignore`) ?? '');
}

/**
 * Paths to leave out, each with all beneath it, in the order that the native tar wants (by byte). `always` are sent even if
 * a pattern names them: the engine needs them.
 */
export function excludedPaths(dir: string, patterns: readonly IgnorePattern[], always: ReadonlySet<string>): string[] {
  const simple = patterns.every(({ exception, pattern }) => !exception && !hasWildcards(pattern));
  // Plain names need no look at the tree.
  if (
    simple &&
    !patterns.some(({ pattern }) => [...always].some((kept) => kept === pattern || kept.startsWith(`${pattern}/`)))
  )
    return sorted(patterns.map(({ pattern }) => pattern));
  const excluded: string[] = [];
  const visit = (relative: string): boolean => {
    let keptAny = false;
    for (const { name } of sys.readdir(relative === '' ? dir : `${dir}/${relative}`)) {
      const path = relative === '' ? name : `${relative}/${name}`;
      const isDirectory = sys.isDirectory(sys.lstat(`${dir}/${path}`));
      const ignored = isIgnored(patterns, path) && !always.has(path);
      const look =
        isDirectory &&
        (!ignored || hasExceptionBeneath(patterns, path) || [...always].some((kept) => kept.startsWith(`${path}/`)));
      const kept = look ? visit(path) || !ignored : !ignored;
      if (kept) keptAny = true;
      else excluded.push(path);
    }
    return keptAny;
  };
  visit('');
  return sorted(excluded);
}

const sorted = (paths: readonly string[]): string[] => [...paths].sort((a, b) => (a < b ? -1 : 1));

/** Everything belongs to root in a context, as the real client sends it. */
function packed(
  dir: string,
  { exclude, extra }: { exclude: readonly string[]; extra?: Extra },
  dockerfile: string,
  temporary: string | undefined,
): ContextSource {
  const pack = (fd: number): void => {
    if (extra) sys.tarCreate(extra.dir, fd, { owner: 0, finish: false });
    sys.tarCreate(dir, fd, { owner: 0, exclude });
  };
  const body = isSmall(dir) ? inMemory(pack) : produce(pack, 'docker build: tar');
  return {
    body,
    dockerfile,
    remote: '',
    close: async () => {
      await body.close();
      if (temporary !== undefined) sys.removeTree(temporary);
    },
  };
}

/** What `write` writes, read from memory. */
function inMemory(write: (fd: number) => void): ByteReader & { close(): Promise<void> } {
  const memory = sys.memfdCreate('context');
  write(memory);
  sys.lseek(memory, 0);
  const reader = new FdReader(memory);
  return { read: () => reader.read(), close: () => Promise.resolve(sys.closeQuietly(memory)) };
}

async function readFirst(reader: ByteReader): Promise<{ bytes: Uint8Array; rest: () => ByteReader }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  while (length < 512 && !ended) {
    const bytes = await reader.read();
    if (bytes === null) ended = true;
    else {
      parts.push(bytes);
      length += bytes.length;
    }
  }
  const rest = (): ByteReader => ({
    read: () => {
      const part = parts.shift();
      return part ? Promise.resolve(part) : ended ? Promise.resolve(null) : reader.read();
    },
  });
  return { bytes: sys.concat(parts), rest };
}

async function readRest(reader: ByteReader): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let bytes = await reader.read(); bytes !== null; bytes = await reader.read()) parts.push(bytes);
  return sys.concat(parts);
}

function isArchiveStart(bytes: Uint8Array): boolean {
  const starts = (...magic: number[]): boolean => magic.every((byte, n) => bytes[n] === byte);
  if (starts(0x1f, 0x8b) || starts(0x42, 0x5a, 0x68) || starts(0xfd, 0x37, 0x7a)) return true;
  return bytes.length >= 512 && sys.latin1Decode(bytes.subarray(257, 262)) === 'ustar';
}
