// HEAD, GET and PUT /containers/{id}/archive?path=: `docker cp`, in both directions, also for stopped containers.
import * as sys from '../../../sys/index.ts';
import { eventAttributes, type Container } from '../../container/container.ts';
import { cleanPath } from '../../container/mounts.ts';
import { resolveInRoot, resolveParent } from '../../container/resolve.ts';
import { tarStream } from '../../container/tar-stream.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError, invalidParameter, notFound } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';
import { rfc3339Nano } from '../../time.ts';

const STAT_HEADER = 'X-Docker-Container-Path-Stat';

export function headArchive(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  return withRoot(daemon, container, (root) => ({
    kind: 'empty',
    status: 200,
    headers: { [STAT_HEADER]: pathStat(root, container, pathOf(request)).header },
  }));
}

export function getArchive(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const path = pathOf(request);
  const { header, real, name } = withRoot(daemon, container, (root) => pathStat(root, container, path));
  return {
    kind: 'stream',
    contentType: 'application/x-tar',
    headers: { [STAT_HEADER]: header },
    write: async (out) => {
      daemon.layers.mount(container.layer);
      try {
        // `/.` at the end asks for the directory's contents under that directory's own name, which the client strips.
        await tarStream(out, real, { name });
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
    const target = resolveInRoot(root, cleanPath(path));
    const stat = target === undefined ? undefined : sys.statIfExists(target);
    if (target === undefined || !stat) throw notFound(`Could not find the file ${path} in container ${param(request)}`);
    if (!sys.isDirectory(stat)) throw invalidParameter('extraction point is not a directory');
    if (container.hostConfig.ReadonlyRootfs && !inVolume(container, path))
      throw new ApiError('forbidden', 'container rootfs is marked read-only');
    const extract = new sys.TarExtract(mountedAt(container, root, path) ?? target, { whiteouts: 'plain' });
    for (let bytes = await request.body.read(); bytes !== null; bytes = await request.body.read()) extract.push(bytes);
    extract.finish();
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

/** A path beneath one of the container's volumes lies elsewhere than in its root file system. */
function mountedAt(container: Container, root: string, path: string): string | undefined {
  const clean = cleanPath(path);
  const point = container.mounts
    .filter(
      (mount) => mount.Type !== 'tmpfs' && (clean === mount.Destination || clean.startsWith(`${mount.Destination}/`)),
    )
    .sort((a, b) => b.Destination.length - a.Destination.length)[0];
  if (!point) return undefined;
  return resolveInRoot(point.Source, clean.slice(point.Destination.length) || '/');
}

function inVolume(container: Container, path: string): boolean {
  const clean = cleanPath(path);
  return container.mounts.some(
    (mount) => mount.RW && (clean === mount.Destination || clean.startsWith(`${mount.Destination}/`)),
  );
}

/** The last part is not followed if it is a symlink: its target is told instead, as lstat(2) would. */
function pathStat(root: string, container: Container, path: string): { header: string; real: string; name: string } {
  const clean = cleanPath(path);
  const missing = () => notFound(`Could not find the file ${path} in container ${container.id}`);
  const volume = mountedAt(container, root, path);
  const real = volume ?? (/\/\.?$/.test(path) ? resolveInRoot(root, clean) : resolveParent(root, clean));
  const found = real === undefined ? undefined : sys.statIfExists(real, false);
  if (real === undefined || !found) throw missing();
  const name = clean === '/' ? '/' : (clean.split('/').at(-1) ?? '/');
  const linkTarget = sys.isSymlink(found) ? sys.readlink(real) : '';
  const stat = {
    name,
    size: found.size,
    mode: goMode(found.mode),
    mtime: rfc3339Nano({ seconds: found.mtimeSec, nanos: found.mtimeNsec }),
    linkTarget,
  };
  return { header: sys.base64Encode(sys.utf8Encode(JSON.stringify(stat))), real, name: name === '/' ? '' : name };
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
