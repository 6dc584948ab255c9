// HEAD, GET and PUT /containers/{id}/archive?path=: `docker cp`, in both directions, also for stopped containers.
import * as sys from '../../../sys/index.ts';
import { eventAttributes, type Container } from '../../container/container.ts';
import { cleanPath } from '../../container/mounts.ts';
import { openInRoot, pathOfFd } from '../../container/resolve.ts';
import { tarStream } from '../../container/tar-stream.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError, invalidParameter, notFound } from '../../errors.ts';
import { extractStream } from '../../../image/extract.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';
import { rfc3339Nano } from '../../time.ts';

const STAT_HEADER = 'X-Docker-Container-Path-Stat';

export function headArchive(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  return withRoot(daemon, container, (root) => {
    const place = findPlace(root, container, pathOf(request));
    try {
      return { kind: 'empty', status: 200, headers: { [STAT_HEADER]: pathStat(place) } };
    } finally {
      sys.closeQuietly(place.fd);
    }
  });
}

export function getArchive(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const path = pathOf(request);
  const { headers } = headArchive(daemon, request) as { headers: Readonly<Record<string, string>> };
  return {
    kind: 'stream',
    contentType: 'application/x-tar',
    headers,
    write: async (out) => {
      const root = daemon.layers.mount(container.layer);
      try {
        const place = findPlace(root, container, path);
        try {
          // `/.` at the end asks for the directory's contents under that directory's own name, which the client strips.
          await tarStream(out, place.path, { name: place.name === '/' ? '' : place.name, followRoot: place.isFd }, [
            place.fd,
          ]);
        } finally {
          sys.closeQuietly(place.fd);
        }
        daemon.events.emit('container', 'archive-path', container.id, eventAttributes(container));
      } finally {
        daemon.layers.unmount(container.layer);
      }
    },
  };
}

export async function putArchive(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  const path = pathOf(request);
  const root = daemon.layers.mount(container.layer);
  try {
    const { base, rest } = baseOf(root, container, path);
    const target = openInRoot(base, rest);
    if (target === undefined) throw notFound(`Could not find the file ${path} in container ${param(request)}`);
    try {
      if (!sys.isDirectory(sys.fstat(target))) throw invalidParameter('extraction point is not a directory');
      if (container.hostConfig.ReadonlyRootfs && !inVolume(container, path))
        throw new ApiError('forbidden', 'container rootfs is marked read-only');
      await extractStream(request.body, pathOfFd(target), { whiteouts: 'plain', shownAs: cleanPath(path) });
    } finally {
      sys.closeQuietly(target);
    }
    daemon.events.emit('container', 'extract-to-dir', container.id, eventAttributes(container));
    return empty(200);
  } finally {
    daemon.layers.unmount(container.layer);
  }
}

function pathOf(request: ApiRequest): string {
  const path = request.query.get('path');
  if (path === '') throw invalidParameter('bad parameter: path cannot be empty');
  return path;
}

function withRoot<T>(daemon: Daemon, container: Container, work: (root: string) => T): T {
  const root = daemon.layers.mount(container.layer);
  try {
    return work(root);
  } finally {
    daemon.layers.unmount(container.layer);
  }
}

/** The directory that a path is to be looked for in, and the path there: beneath a volume that is not the root's own. */
function baseOf(root: string, container: Container, path: string): { base: string; rest: string } {
  const clean = cleanPath(path);
  const point = container.mounts
    .filter(
      (mount) => mount.Type !== 'tmpfs' && (clean === mount.Destination || clean.startsWith(`${mount.Destination}/`)),
    )
    .sort((a, b) => b.Destination.length - a.Destination.length)[0];
  if (!point) return { base: root, rest: clean };
  return { base: point.Source, rest: clean.slice(point.Destination.length) || '/' };
}

function inVolume(container: Container, path: string): boolean {
  const clean = cleanPath(path);
  return container.mounts.some(
    (mount) => mount.RW && (clean === mount.Destination || clean.startsWith(`${mount.Destination}/`)),
  );
}

/** What a path of the container means. */
interface Place {
  /** Of the file or directory itself, or of the directory that it is in. To be closed. */
  readonly fd: number;
  readonly isFd: boolean;
  /** Through the descriptor, so that no symlink that the container puts in the way changes what it is. */
  readonly path: string;
  readonly name: string;
  readonly stat: sys.Stat;
}

/** The last part is not followed if it is a symlink, unless a slash follows it. */
function findPlace(root: string, container: Container, path: string): Place {
  const clean = cleanPath(path);
  const name = clean === '/' ? '/' : (clean.split('/').at(-1) ?? '/');
  const { base, rest } = baseOf(root, container, path);
  if (rest === '/' || /\/\.?$/.test(path)) {
    const itself = openInRoot(base, rest);
    if (itself !== undefined) return { fd: itself, isFd: true, path: pathOfFd(itself), name, stat: sys.fstat(itself) };
  }
  const parent = openInRoot(base, rest.slice(0, -name.length) || '/');
  const inParent = parent === undefined ? '' : `${pathOfFd(parent)}/${name}`;
  const stat = parent === undefined ? undefined : sys.statIfExists(inParent, false);
  if (parent !== undefined && stat) return { fd: parent, isFd: false, path: inParent, name, stat };
  if (parent !== undefined) sys.closeQuietly(parent);
  throw notFound(`Could not find the file ${path} in container ${container.id}`);
}

/** The answer's head about a file: a symlink's target is told, as lstat(2) would. */
function pathStat({ path, name, stat, isFd }: Place): string {
  const told = {
    name,
    size: stat.size,
    mode: goMode(stat.mode),
    mtime: rfc3339Nano({ seconds: stat.mtimeSec, nanos: stat.mtimeNsec }),
    linkTarget: sys.isSymlink(stat) && !isFd ? sys.readlink(path) : '',
  };
  return sys.base64Encode(sys.utf8Encode(JSON.stringify(told)));
}

/** Go's os.FileMode: the kind of file stands in the high bits. */
export function goMode(mode: number): number {
  const kinds: Readonly<Record<number, number>> = {
    0o040000: 2 ** 31, // directory
    0o120000: 2 ** 27, // symlink
    0o060000: 2 ** 26, // device
    0o020000: 2 ** 26 + 2 ** 21, // character device
    0o010000: 2 ** 25, // FIFO
    0o140000: 2 ** 24, // socket
  };
  const special = (mode & 0o4000 ? 2 ** 23 : 0) + (mode & 0o2000 ? 2 ** 22 : 0) + (mode & 0o1000 ? 2 ** 20 : 0);
  return (mode & 0o777) + (kinds[mode & 0o170000] ?? 0) + special;
}
