// POST /images/prune?filters={"dangling":["true"]}: unnamed images, or with dangling=false all that no container uses.
import { treesRemoved } from '../../../loop/index.ts';
import type { Daemon } from '../../daemon.ts';
import { Filters } from '../../filters.ts';
import { untilMs } from '../../prune.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { createdMs, isDangling, labelsOf } from './list.ts';
import { removeImage, type Deleted } from './remove.ts';

export async function prune(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const filters = Filters.parse(request.query.get('filters'), ['dangling', 'label', 'label!', 'until']);
  const onlyDangling = filters.bool('dangling', true);
  const until = untilMs(filters);
  const used = new Set(daemon.containers.all().map((container) => container.imageId));
  const before = layerBytes(daemon);
  const done: Deleted[] = [];
  for (const image of daemon.images.all()) {
    if (!daemon.images.get(image.id) || used.has(image.id) || daemon.images.children(image.id).length > 0) continue;
    if (!filters.labels(labelsOf(image)) || createdMs(image) >= until) continue;
    const { tags } = daemon.images.names(image.id);
    if (isDangling(daemon, image)) done.push(...removeImage(daemon, image.id, { force: true, prune: true }));
    else if (!onlyDangling)
      for (const name of tags) done.push(...removeImage(daemon, name, { force: false, prune: true }));
  }
  const bytes = before - layerBytes(daemon);
  daemon.events.emit('image', 'prune', '', { reclaimed: String(bytes) });
  await treesRemoved();
  return json({ ImagesDeleted: done.length > 0 ? done : null, SpaceReclaimed: bytes });
}

function layerBytes(daemon: Daemon): number {
  let sum = 0;
  for (const layer of daemon.layers.all()) sum += layer.sizeBytes;
  return sum;
}
