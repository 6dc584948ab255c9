// POST /build/prune?all=&keep-storage=&filters=: what builds left for later builds: directories of RUN --mount=type=cache,
// and unnamed images that no other image and no container stands on.
import { cacheMountsDir } from '../../../build/mounts.ts';
import { removeTreeInSlices, treesRemoved } from '../../../loop/index.ts';
import * as sys from '../../../sys/index.ts';
import type { Daemon } from '../../daemon.ts';
import { Filters } from '../../filters.ts';
import { untilMs } from '../../prune.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { createdMs, isDangling } from '../image/list.ts';
import { removeImage } from '../image/remove.ts';

export async function prune(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const filters = Filters.parse(request.query.get('filters'), [
    'until',
    'id',
    'parent',
    'type',
    'description',
    'inuse',
    'shared',
    'private',
    'unused-for',
  ]);
  const until = untilMs(filters);
  const deleted: string[] = [];
  let bytes = 0;
  const dir = cacheMountsDir(daemon);
  for (const name of sys.listNames(dir)) {
    bytes += sys.diskUsage(`${dir}/${name}`).apparentBytes;
    removeTreeInSlices(`${dir}/${name}`);
    deleted.push(name);
  }
  const used = new Set(daemon.containers.all().map((container) => container.imageId));
  const before = layerBytes(daemon);
  for (const image of daemon.images.all()) {
    // Gone meanwhile with a child of its own?
    if (!daemon.images.get(image.id) || used.has(image.id) || daemon.images.children(image.id).length > 0) continue;
    if (image.parent === undefined || !isDangling(daemon, image) || createdMs(image) >= until) continue;
    for (const { Deleted } of removeImage(daemon, image.id, { force: false, prune: true }))
      if (Deleted !== undefined) deleted.push(Deleted.replace('sha256:', ''));
  }
  await treesRemoved();
  const reclaimed = bytes + before - layerBytes(daemon);
  daemon.events.emit('builder', 'prune', '', { reclaimed: String(reclaimed) });
  return json({ CachesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed });
}

function layerBytes(daemon: Daemon): number {
  let sum = 0;
  for (const layer of daemon.layers.all()) sum += layer.sizeBytes;
  return sum;
}
