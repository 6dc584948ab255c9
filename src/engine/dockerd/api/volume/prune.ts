// POST /volumes/prune?filters=: anonymous volumes that no container has; with all=true, named ones as well.
import { treesRemoved } from '../../../loop/index.ts';
import { diskUsage } from '../../../sys/index.ts';
import { volumeUsers } from '../../container/remove.ts';
import type { Daemon } from '../../daemon.ts';
import { Filters } from '../../filters.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';

export async function prune(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const filters = Filters.parse(request.query.get('filters'), ['label', 'label!', 'all']);
  // Before API 1.42 every unused volume was meant.
  const all = request.apiVersion < 42 || filters.bool('all', false);
  const names: string[] = [];
  let bytes = 0;
  for (const volume of daemon.volumes.all()) {
    if ((!all && !volume.anonymous) || !filters.labels(volume.labels) || volumeUsers(daemon, volume.name).length > 0)
      continue;
    bytes += diskUsage(daemon.volumes.dataDir(volume.name)).apparentBytes;
    daemon.volumes.remove(volume.name, []);
    daemon.events.emit('volume', 'destroy', volume.name, { driver: 'local' });
    names.push(volume.name);
  }
  daemon.events.emit('volume', 'prune', '', { reclaimed: String(bytes) });
  await treesRemoved();
  return json({ VolumesDeleted: names.length > 0 ? names : null, SpaceReclaimed: bytes });
}
