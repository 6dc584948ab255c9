// GET /images/get?names=…&names=… and GET /images/{name}/get: images as one archive.
import { saveArchive, selectImages } from '../../../image/save.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { param, stream, type ApiRequest, type Reply } from '../../request.ts';

export const saveImage = (daemon: Daemon, request: ApiRequest): Reply => save(daemon, [param(request)]);

export function saveImages(daemon: Daemon, request: ApiRequest): Reply {
  const names = request.query.all('names').flatMap((name) => name.split(','));
  if (names.length === 0) throw invalidParameter('no image names given');
  return save(daemon, names);
}

function save(daemon: Daemon, names: readonly string[]): Reply {
  const images = selectImages(daemon, names);
  return stream('application/x-tar', async (out) => {
    await saveArchive(daemon, images, out);
    for (const { image } of images) daemon.events.emit('image', 'save', image.id, { name: image.id });
  });
}
