// HEAD, GET and PUT /containers/{id}/archive?path=: `docker cp`, in both directions, also for stopped containers.
import * as sys from '../../../sys/index.ts';
import { eventAttributes, type Container } from '../../container/container.ts';
import { cleanPath } from '../../container/mounts.ts';
import { pathOfFd } from '../../container/resolve.ts';
import { tarStream } from '../../container/tar-stream.ts';
import { lookupUser } from '../../container/user.ts';
import { lookUp, mountOf, openView, pathInside, type View } from '../../container/view.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter, notFound } from '../../errors.ts';
import { extractInto } from '../../container/extract-into.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';
import { rfc3339Nano } from '../../time.ts';

const STAT_HEADER = 'X-Docker-Container-Path-Stat';

export function headArchive(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const path = pathOf(request);
  const { view, close } = viewOf(daemon, container);
  try {
    const place = findPlace(container, view, path);
    try {
      return { kind: 'empty', status: 200, headers: { [STAT_HEADER]: pathStat(place) } };
    } finally {
      sys.closeQuietly(place.fd);
    }
  } finally {
    close();
  }
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
      const { view, close } = viewOf(daemon, container);
      try {
        const place = findPlace(container, view, path);
        try {
          // `/.` at the end asks for the directory's contents under that directory's own name, which the client strips.
          const name = place.name === '/' ? '' : place.name;
          await tarStream(out, place.path, { name, followRoot: !place.isSymlink }, [place.fd]);
        } finally {
          sys.closeQuietly(place.fd);
        }
        daemon.events.emit('container', 'archive-path', container.id, eventAttributes(container));
      } finally {
        close();
      }
    },
  };
}

export async function putArchive(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  const path = pathOf(request);
  const { query } = request;
  const { view, close } = viewOf(daemon, container);
  try {
    const target = lookUp(view, path, true);
    if (target === undefined) throw notFound(`Could not find the file ${path} in container ${param(request)}`);
    try {
      if (!sys.isDirectory(sys.fstat(target.fd))) throw invalidParameter('extraction point is not a directory');
      const mount = mountOf(view, target.fd);
      if (mount === 'read-only') throw invalidParameter('mounted volume is marked read-only');
      if (mount === 'root' && container.hostConfig.ReadonlyRootfs)
        throw invalidParameter('container rootfs is marked read-only');
      const { User } = container.config;
      await extractInto(request.body, pathOfFd(target.fd), {
        shownAs: pathInside(view, target.fd),
        keepsKinds: query.flag('noOverwriteDirNonDir'),
        ...(query.flag('copyUIDGID') && User !== '' && { owner: lookupUser(pathOfFd(view.root), User, []) }),
        within: view.within,
        scratch: `${daemon.config.dataRoot}/tmp`,
      });
    } finally {
      sys.closeQuietly(target.fd);
    }
    daemon.events.emit('container', 'extract-to-dir', container.id, eventAttributes(container));
    return empty(200);
  } finally {
    close();
  }
}

function pathOf(request: ApiRequest): string {
  const path = request.query.get('path');
  if (path === '') throw invalidParameter('bad parameter: path cannot be empty');
  return path;
}

/** The container's layer, mounted, and all that is bound into it over it. */
function viewOf(daemon: Daemon, container: Container): { view: View; close: () => void } {
  const root = daemon.layers.mount(container.layer);
  try {
    const view = openView(daemon, container, root);
    const close = (): void => {
      view.close();
      daemon.layers.unmount(container.layer);
    };
    return { view, close };
  } catch (error) {
    daemon.layers.unmount(container.layer);
    throw error;
  }
}

/** What a path of the container means. */
interface Place {
  /** Of the file or directory itself, or of the directory that the symlink is in. To be closed. */
  readonly fd: number;
  readonly isSymlink: boolean;
  /** Through the descriptor, so that no symlink that the container puts in the way changes what it is. */
  readonly path: string;
  readonly name: string;
  readonly stat: sys.Stat;
}

/** The last part is not followed if it is a symlink, unless a slash follows it. */
function findPlace(container: Container, view: View, path: string): Place {
  const found = lookUp(view, path, /\/\.?$/.test(path));
  if (!found) throw notFound(`Could not find the file ${path} in container ${container.id}`);
  const { fd, symlink } = found;
  const isSymlink = symlink !== undefined;
  const there = isSymlink ? `${pathOfFd(fd)}/${symlink}` : pathOfFd(fd);
  const name = cleanPath(path) === '/' ? '/' : (cleanPath(path).split('/').at(-1) ?? '/');
  return { fd, isSymlink, path: there, name, stat: isSymlink ? sys.lstat(there) : sys.fstat(fd) };
}

/** The answer's head about a file: a symlink's target is told, as lstat(2) would. */
function pathStat({ path, name, stat, isSymlink }: Place): string {
  const told = {
    name,
    size: stat.size,
    mode: goMode(stat.mode),
    mtime: rfc3339Nano({ seconds: stat.mtimeSec, nanos: stat.mtimeNsec }),
    linkTarget: isSymlink ? sys.readlink(path) : '',
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
