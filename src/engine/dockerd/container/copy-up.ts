// A new volume that is mounted over a directory of the image begins with that directory's files, owner and mode.
// Called by create and by the first start. https://docs.docker.com/engine/storage/volumes/#populate-a-volume-using-a-container
import { packInto } from '../../image/pack.ts';
import { spanInstant } from '../../span.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import type { Container } from './container.ts';
import { resolveInRoot } from './resolve.ts';

export async function copyUpVolumes(daemon: Daemon, container: Container, created: readonly string[]): Promise<void> {
  const noCopy = new Set<string>();
  for (const mount of container.hostConfig.Mounts ?? []) if (mount.VolumeOptions?.NoCopy) noCopy.add(mount.Target);
  const points = container.mounts.filter(
    (point) => point.Type === 'volume' && !point.Mode.split(',').includes('nocopy') && !noCopy.has(point.Destination),
  );
  const empty = points.filter(
    (point) => created.includes(point.Name ?? '') || sys.listNames(point.Source).length === 0,
  );
  if (empty.length === 0) return;
  const root = daemon.layers.mount(container.layer);
  try {
    for (const point of empty) {
      const from = resolveInRoot(root, point.Destination);
      const stat = from === undefined ? undefined : sys.statIfExists(from);
      if (from === undefined || !stat || !sys.isDirectory(stat)) continue;
      const fields = { id: container.id, volume: point.Name, from: point.Destination };
      spanInstant('dockerd', 'volume.copy-up', fields);
      // An empty volume may be another container's already, which could put symlinks in the way.
      if (sys.readdir(from).length > 0) await packInto(from, {}, point.Source, { whiteouts: 'plain' });
      sys.chown(point.Source, stat.uid, stat.gid);
      sys.chmod(point.Source, stat.mode & 0o7777);
    }
  } finally {
    daemon.layers.unmount(container.layer);
  }
}
