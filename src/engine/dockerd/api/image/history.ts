// GET /images/{name}/history: the image's steps, newest first; those that made no layer have size 0.
import type { Daemon } from '../../daemon.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';
import { parseInstant } from '../../time.ts';

export function history(daemon: Daemon, request: ApiRequest): Reply {
  const image = daemon.images.require(param(request));
  let next = 0;
  const entries = (image.config.history ?? []).map((entry) => {
    const chainId = entry.empty_layer ? undefined : image.chainIds[next++];
    return {
      Id: '<missing>',
      Created: parseInstant(entry.created ?? '')?.seconds ?? 0,
      CreatedBy: entry.created_by ?? '',
      Tags: null as string[] | null,
      Size: chainId === undefined ? 0 : (daemon.layers.get(chainId)?.sizeBytes ?? 0),
      Comment: entry.comment ?? '',
    };
  });
  entries.reverse();
  // A chain of images built here is known step by step; of a pulled one only the last.
  let step: typeof image | undefined = image;
  for (const entry of entries) {
    if (!step) break;
    const { tags } = daemon.images.names(step.id);
    entry.Id = step.id;
    entry.Tags = tags.length > 0 ? tags : null;
    step = step.parent === undefined ? undefined : daemon.images.get(step.parent);
  }
  return json(entries);
}
