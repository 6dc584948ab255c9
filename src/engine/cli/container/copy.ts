// docker cp: files between a container and the local file system, as tars through GET and PUT /containers/{id}/archive.
// Where a copy lands follows cp(1): https://docs.docker.com/reference/cli/docker/container/cp/
import { argument, CommandError, query, type Command, type Invocation } from '../command.ts';
import { absolutePath, basename, dirname, reason } from '../file-stream.ts';
import { humanSize } from '../format/units.ts';
import { produce, type ByteReader } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';

const enc = encodeURIComponent;

export const copy: Command = {
  names: ['cp', 'container cp'],
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  help: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.`,
  args: [2, 2],
  flags: [
    { name: 'archive', short: 'a', type: 'bool', help: 'Archive mode (copy all uid/gid information)' },
    { name: 'follow-link', short: 'L', type: 'bool', help: 'Always follow symbol link in SRC_PATH' },
    { name: 'quiet', short: 'q', type: 'bool', help: 'Suppress progress output during copy' },
  ],
  async run(call) {
    const [from, to] = [split(argument(call, 0)), split(argument(call, 1))];
    if (from.container !== undefined && to.container !== undefined)
      throw new CommandError('copying between containers is not supported');
    if (from.container !== undefined) return fromContainer(call, from.container, from.path, to.path);
    if (to.container !== undefined) return toContainer(call, from.path, to.container, to.path);
    throw new CommandError('must specify at least one container source');
  },
};

/** `container:path`; a path that begins with a dot or a slash is local whatever follows. */
function split(text: string): { container?: string; path: string } {
  const colon = text.indexOf(':');
  if (colon <= 0 || text.startsWith('/') || text.startsWith('.')) return { path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** What the daemon tells of a path, in a header. `mode` is Go's: the high bits say what kind of file it is. */
interface PathStat {
  readonly name: string;
  readonly mode: number;
  readonly linkTarget: string;
}

const isDirectory = (stat: PathStat): boolean => stat.mode >= 2 ** 31;
/** `dir/.` means what is in it. */
const meansContents = (path: string): boolean => /(^|\/)\.$/.test(path);
const archivePath = (container: string, path: string): string =>
  `/containers/${enc(container)}/archive${query({ path })}`;

function readStat(header: string | undefined): PathStat {
  const bytes = sys.base64Decode(header ?? '');
  if (!bytes) throw new CommandError('unable to decode container path stat header');
  return JSON.parse(sys.utf8Decode(bytes)) as PathStat;
}

/** Undefined for whatever is not there; the request that follows says why in the daemon's words. */
async function statInside(call: Invocation, container: string, path: string): Promise<PathStat | undefined> {
  const { status, header } = await call.api.head(archivePath(container, path), 'x-docker-container-path-stat');
  return status < 400 ? readStat(header) : undefined;
}

/** The target of a link in the container, seen from the link. */
const targetOf = (path: string, target: string): string =>
  target.startsWith('/') ? target : `${dirname(path)}/${target}`;

async function fromContainer(call: Invocation, container: string, path: string, to: string): Promise<number> {
  if (to === '') throw new CommandError('destination can not be empty');
  const local = absolutePath(to, call.cwd);
  if (to !== '-' && !sys.exists(dirname(local)))
    throw new CommandError(`invalid output path: directory "${dirname(local)}" does not exist`);
  let source = path;
  if (call.flags.bool('follow-link')) {
    const link = await statInside(call, container, path);
    if (link && link.linkTarget !== '') source = targetOf(path, link.linkTarget);
  }
  const response = await call.api.request('GET', archivePath(container, source));
  if (to === '-') {
    for (let bytes = await response.body.read(); bytes !== null; bytes = await response.body.read())
      await call.io.stdout.write(bytes);
    return 0;
  }
  const stat = readStat(response.headers.get('x-docker-container-path-stat'));
  const name = basename(absolutePath(path, '/'));
  const target = placeLocally({ isDirectory: isDirectory(stat), name, contents: meansContents(path) }, local, to);
  const bytes = await unpack(call, response.body, stat.name === '/' ? '' : stat.name, target);
  told(call, bytes, `to ${local}`);
  return 0;
}

interface Source {
  readonly isDirectory: boolean;
  readonly name: string;
  readonly contents: boolean;
}

/** The path that the copy gets. Throws where cp(1) would refuse. */
function placeLocally(source: Source, local: string, asTyped: string): string {
  const found = sys.statIfExists(local);
  if (found && sys.isDirectory(found)) return source.contents || source.name === '' ? local : `${local}/${source.name}`;
  if (source.isDirectory && found) throw new CommandError('cannot copy directory');
  if (!source.isDirectory && /\/\.?$/.test(asTyped))
    throw new CommandError(found ? 'not a directory' : 'no such directory');
  return local;
}

/** Unpacks beside the target and moves what came into its place, so that a broken stream leaves nothing. Bytes received. */
async function unpack(call: Invocation, body: ByteReader, name: string, target: string): Promise<number> {
  const parent = dirname(target);
  const directory = `${parent === '/' ? '' : parent}/.docker-cp-${sys.randomHex(6)}`;
  let total = 0;
  try {
    sys.mkdir(directory, 0o755);
    const extract = new sys.TarExtract(directory, { whiteouts: 'plain', chown: call.flags.bool('archive') });
    for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) {
      extract.push(bytes);
      total += bytes.byteLength;
    }
    extract.finish();
    moveInto(name === '' ? directory : `${directory}/${name}`, target);
  } finally {
    sys.removeTree(directory);
  }
  return total;
}

function moveInto(from: string, target: string): void {
  const [came, there] = [sys.lstat(from), sys.statIfExists(target, false)];
  if (!there) {
    sys.rename(from, target);
    return;
  }
  if (sys.isDirectory(came) !== sys.isDirectory(there) && !sys.isSymlink(there))
    throw new CommandError(
      sys.isDirectory(came)
        ? `cannot overwrite non-directory ${JSON.stringify(target)} with directory ${JSON.stringify(from)}`
        : `cannot overwrite directory ${JSON.stringify(target)} with non-directory ${JSON.stringify(from)}`,
    );
  sys.copyTree(from, target);
}

async function toContainer(call: Invocation, from: string, container: string, path: string): Promise<number> {
  if (from === '') throw new CommandError('source can not be empty');
  let destination = path;
  let found = await statInside(call, container, path);
  if (found && found.linkTarget !== '') {
    destination = targetOf(path, found.linkTarget);
    found = await statInside(call, container, destination);
  }
  if (from === '-') {
    if (found && !isDirectory(found))
      throw new CommandError(`destination "${container}:${destination}" must be a directory`);
    await put(call, container, destination, call.io.stdin);
    return 0;
  }
  const follow = call.flags.bool('follow-link');
  const local = absolutePath(from, call.cwd);
  const source = localStat(local, from, follow);
  const contents = meansContents(from);
  const place = placeInside({ isDirectory: source, name: basename(local), contents }, destination, found);
  const tar = produce(
    (fdOut) => void sys.tarCreate(local, fdOut, { name: place.name, followRoot: follow }),
    'docker: tar',
  );
  let total = 0;
  const counted: ByteReader = {
    async read() {
      const bytes = await tar.read();
      total += bytes?.byteLength ?? 0;
      return bytes;
    },
  };
  try {
    await put(call, container, place.directory, counted);
  } finally {
    await tar.close();
  }
  told(call, total, `to ${container}:${path}`);
  return 0;
}

/** True for a directory. */
function localStat(path: string, asTyped: string, follow: boolean): boolean {
  try {
    const stat = follow || /\/\.?$/.test(asTyped) ? sys.stat(path) : sys.lstat(path);
    if (/\/\.?$/.test(asTyped) && !sys.isDirectory(stat)) throw new CommandError('not a directory');
    return sys.isDirectory(stat);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`lstat ${path}: ${reason(error)}`);
  }
}

/** The directory in the container to unpack in, and the name that the archive's root gets. */
function placeInside(
  source: Source,
  destination: string,
  found: PathStat | undefined,
): { directory: string; name: string } {
  if (found && isDirectory(found)) return { directory: destination, name: source.contents ? '' : source.name };
  if (source.isDirectory && found) throw new CommandError('cannot copy directory');
  if (!source.isDirectory && destination.endsWith('/')) throw new CommandError('no such directory');
  const clean = absolutePath(destination, '/');
  return { directory: dirname(clean), name: basename(clean) };
}

async function put(call: Invocation, container: string, path: string, archive: ByteReader): Promise<void> {
  const parameters = query({ path, noOverwriteDirNonDir: 'true', copyUIDGID: call.flags.bool('archive') && 'true' });
  const type = { 'Content-Type': 'application/x-tar' };
  const response = await call.api.request('PUT', `/containers/${enc(container)}/archive${parameters}`, archive, type);
  await response.text();
}

/** Only a person at a terminal is told. */
function told(call: Invocation, bytes: number, where: string): void {
  if (call.flags.bool('quiet') || !call.io.isTerminal(2)) return;
  call.io.err(`Successfully copied ${humanSize(bytes)} ${where}\n`);
}
