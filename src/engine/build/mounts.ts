// RUN --mount: binds from the context, a stage or an image, caches that outlive the build, tmpfs.
import { resolveInRoot } from '../dockerd/container/resolve.ts';
import type { MountRequest } from '../dockerd/container/types.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import { invalidParameter } from '../dockerd/errors.ts';
import * as sys from '../sys/index.ts';
import type { RunMount } from './dockerfile/flags.ts';

/** Directories of `--mount=type=cache`, one for each id. */
export function cacheMountsDir(daemon: Daemon): string {
  return `${daemon.config.dataRoot}/buildcache`;
}

/** `rootOf` gives the directory that a `from` means ('' is the build context). */
export async function mountRequests(
  daemon: Daemon,
  mounts: readonly RunMount[],
  workingDir: string,
  rootOf: (from: string) => Promise<string>,
): Promise<MountRequest[]> {
  const requests: MountRequest[] = [];
  for (const mount of mounts) {
    const Target = mount.target.startsWith('/') ? mount.target : `${workingDir || '/'}/${mount.target}`;
    if (mount.type === 'tmpfs') {
      const size = mount.sizeBytes > 0 ? { TmpfsOptions: { SizeBytes: mount.sizeBytes } } : {};
      requests.push({ Type: 'tmpfs', Target, ...size });
      continue;
    }
    const Source = mount.type === 'cache' ? await cacheDir(daemon, mount, rootOf) : await bindSource(mount, rootOf);
    requests.push({ Type: 'bind', Source, Target, ReadOnly: mount.readOnly });
  }
  return requests;
}

async function bindSource(mount: RunMount, rootOf: (from: string) => Promise<string>): Promise<string> {
  const source = resolveInRoot(await rootOf(mount.from), mount.source || '.');
  if (source === undefined)
    throw invalidParameter(`failed to calculate checksum of ref: ${JSON.stringify(mount.source)}: not found`);
  return source;
}

/** Made at its first use, from `from`'s files if that is given. */
async function cacheDir(daemon: Daemon, mount: RunMount, rootOf: (from: string) => Promise<string>): Promise<string> {
  const base = cacheMountsDir(daemon);
  const dir = `${base}/${sys.sha256Hex(mount.id).slice(0, 24)}`;
  if (sys.exists(dir)) return dir;
  sys.mkdirAll(base, 0o700);
  if (mount.from !== '') sys.copyTree(await bindSource(mount, rootOf), dir);
  else sys.mkdir(dir, mount.mode);
  sys.chmod(dir, mount.mode);
  sys.chown(dir, mount.uid, mount.gid);
  return dir;
}
