// What a path means inside a container that may be stopped: its root, and over it the volumes, binds and files of Docker's own
// that stand there while it runs, reached through any symlink. One directory after the other is opened and held, so that nothing
// that the container changes meanwhile leads elsewhere. Called by cp. path_resolution(7), openat2(2)
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import type { Container } from './container.ts';
import { openInRoot } from './resolve.ts';
import { NETWORK_FILES } from './spec.ts';

/** Something that is mounted in the container when it runs. */
export interface Point {
  readonly destination: string;
  readonly source: string;
  /** Below the source; '' is the source itself. */
  readonly subpath: string;
  readonly writable: boolean;
}

/** What a path leads to. */
export interface Found {
  /** O_PATH, to be closed: of the thing itself, or of the directory that a symlink stands in. */
  readonly fd: number;
  /** The name of the symlink in `fd`; undefined: `fd` is the thing itself. */
  readonly symlink?: string;
  /** Without symlinks. */
  readonly path: string;
  /** The innermost mount that it lies in; undefined: the container's own root. */
  readonly point: Point | undefined;
}

/** As Linux has it. */
const MAX_LINKS = 40;

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** The mounts that cp sees: all but tmpfs, as in Docker. */
export function pointsOf(daemon: Daemon, container: Container): Point[] {
  const points = container.mounts
    .filter(({ Type }) => Type !== 'tmpfs')
    .map(({ Destination: destination, Source: source, RW: writable }) => {
      const request = container.hostConfig.Mounts?.find(({ Target }) => Target === destination);
      return { destination, source, subpath: request?.VolumeOptions?.Subpath ?? '', writable };
    });
  const directory = daemon.containers.directory(container.id);
  for (const [file, destination] of Object.entries(NETWORK_FILES)) {
    const source = `${directory}/${file}`;
    // They are there from the first start on.
    if (!points.some((point) => point.destination === destination) && sys.exists(source))
      points.push({ destination, source, subpath: '', writable: true });
  }
  return points;
}

/** Undefined if there is nothing. `follow`: also where the path ends in a symlink. */
export function lookUp(root: string, points: readonly Point[], path: string, follow: boolean): Found | undefined {
  const placed = new Map(points.map((point) => [realDestination(root, point.destination), point]));
  return walk(root, placed, path, follow);
}

/** A mount stands where its destination's symlinks lead to. */
function realDestination(root: string, destination: string): string {
  const found = walk(root, new Map(), destination, true);
  if (!found) return destination;
  sys.closeQuietly(found.fd);
  return found.path;
}

interface Level {
  readonly fd: number;
  readonly name: string;
  readonly point: Point | undefined;
}

function walk(root: string, points: ReadonlyMap<string, Point>, path: string, follow: boolean): Found | undefined {
  const levels: Level[] = [{ fd: sys.open(root, sys.O_PATH | sys.O_DIRECTORY), name: '', point: undefined }];
  const top = (): Level => levels.at(-1) as Level;
  const up = (to: number): void => {
    for (const { fd } of levels.splice(Math.max(1, to))) sys.closeQuietly(fd);
  };
  const pathTo = (name = ''): string =>
    `/${[...levels.slice(1).map((level) => level.name), name].filter(Boolean).join('/')}`;
  const todo = partsOf(path);
  let links = 0;
  let result: Found | undefined;
  try {
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      if (name === '..') {
        up(levels.length - 1);
        continue;
      }
      const here = pathTo(name);
      const point = points.get(here);
      const fd = point ? openInRoot(point.source, `/${point.subpath}`) : openHere(top().fd, name);
      if (fd === undefined) {
        // A directory that only leads to a mount is made when the container first starts.
        if (![...points.keys()].some((destination) => destination.startsWith(`${here}/`))) return undefined;
        levels.push({ fd: -1, name, point: top().point });
        continue;
      }
      if (!sys.isSymlink(sys.fstat(fd))) {
        levels.push({ fd, name, point: point ?? top().point });
        continue;
      }
      const target = sys.readlinkat(fd, '');
      sys.closeQuietly(fd);
      if (todo.length === 0 && !follow) {
        const { fd: directory, point: within } = levels.pop() as Level;
        return (result = { fd: directory, symlink: name, path: here, point: within });
      }
      if ((links += 1) > MAX_LINKS) return undefined;
      if (target.startsWith('/')) up(1);
      todo.unshift(...partsOf(target));
    }
    if (top().fd < 0) return undefined;
    const end = pathTo();
    const { fd, point } = levels.pop() as Level;
    return (result = { fd, path: end, point });
  } finally {
    for (const { fd } of levels) if (fd !== result?.fd) sys.closeQuietly(fd);
  }
}

function openHere(directory: number, name: string): number | undefined {
  if (directory < 0) return undefined;
  try {
    return sys.openat(directory, name, sys.O_PATH | sys.O_NOFOLLOW);
  } catch (error) {
    if (sys.isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}
