// Tells the kernel's trace about an image: which names and layers it has, so that scenes can name overlay's lower
// directories. Called after pull, load, commit and build, and for every image when dockerd starts.
import type { Daemon } from '../dockerd/daemon.ts';
import { spanInstant } from '../span.ts';
import type { Image } from './images.ts';

/** A marker holds under a kilobyte: an image of many layers is told in several, `part` of `parts`. */
const LAYERS_A_MARKER = 2;

export function announceImage(daemon: Daemon, image: Image, span?: string): void {
  const { tags } = daemon.images.names(image.id);
  const layers = image.chainIds.map((chainId) => {
    const layer = daemon.layers.get(chainId);
    return { diffId: layer?.diffId, chainId, dir: layer && daemon.layers.diffDir(layer), bytes: layer?.sizeBytes };
  });
  const parts = Math.max(1, Math.ceil(layers.length / LAYERS_A_MARKER));
  for (let part = 0; part < parts; part += 1) {
    const some = layers.slice(part * LAYERS_A_MARKER, (part + 1) * LAYERS_A_MARKER);
    spanInstant('dockerd', 'image', { id: image.id, tags, layers: some, ...(parts > 1 && { part, parts }) }, span);
  }
}
