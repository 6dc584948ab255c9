// The stacks of layers as a tree: overlay mounts and images that share their lowest layers share the branch. Who knows a
// directory by which name: the kernel was given `l/<link>`, the image's record has overlay2/<cache id>/diff, and the
// container's record lists its layers in the mount's own order.
import type { ImageInfo, Overlay, World } from '../../sim/world.ts';

/** A layer in the tree; what stands on it: writable layers, and images that no container uses. */
export interface Layer {
  /** Names the directory in the whole scene. */
  readonly name: string;
  /** As the kernel was given it (lowerdir=), where some overlay uses it. */
  dir?: string;
  readonly children: Map<string, Layer>;
  readonly tops: Top[];
}

/** A container's writable layer, or the name of an image that no container stands on. */
export interface Top {
  readonly key: string;
  readonly overlay?: Overlay;
  readonly image?: ImageInfo;
}

/** What an image's record says of a layer. */
export interface LayerFacts {
  readonly diffId: string;
  readonly bytes: number;
  readonly seq: number;
  /** Tags of the images of which this is the uppermost layer. */
  readonly tags: readonly string[];
}

const CACHE_ID_DIGITS = 12;

const layer = (name: string): Layer => ({ name, children: new Map(), tops: [] });

/** `…/overlay2/<cache id>/diff` by the cache id's first digits, any other directory by itself. */
export function nameOf(dir: string): string {
  const cacheId = /\/overlay2\/([0-9a-f]{12,})(-init)?\/diff$/.exec(dir);
  return cacheId ? `${cacheId[1]?.slice(0, CACHE_ID_DIGITS)}${cacheId[2] ?? ''}` : dir.replace(/\/(diff|fs)$/, '');
}

/** Names of an overlay's lower layers, lowest first. */
function lowerNames(world: World, overlay: Overlay): { name: string; dir: string }[] {
  const told = world.containers.get(overlay.container ?? '')?.config['layers'];
  const names = Array.isArray(told) && told.length === overlay.lowerdirs.length ? (told as unknown[]) : [];
  return overlay.lowerdirs
    .map((dir, i) => ({ name: typeof names[i] === 'string' ? names[i] : nameOf(dir), dir }))
    .reverse();
}

function insert(root: Layer, path: readonly { name: string; dir?: string }[], top: Top): void {
  let at = root;
  for (const { name, dir } of path) {
    const next = at.children.get(name) ?? layer(name);
    if (dir !== undefined) next.dir ??= dir;
    at.children.set(name, next);
    at = next;
  }
  at.tops.push(top);
}

/** All stacks on one root; an image that some container stands on needs no top of its own. */
export function stacks(world: World): Layer {
  const root = layer('');
  const used = new Set<string>();
  const overlays = [...world.overlays.values()].filter((overlay) => overlay.lowerdirs.length > 0);
  for (const overlay of overlays.sort((a, b) => a.seq - b.seq)) {
    const path = lowerNames(world, overlay);
    for (const { name } of path) used.add(name);
    insert(root, path, { key: overlay.key, overlay });
  }
  for (const image of world.images.values()) {
    if (isStepOfAnother(world, image)) continue;
    const path = image.layers.map(({ dir }) => ({ name: nameOf(dir) }));
    if (path.length > 0 && !path.every(({ name }) => used.has(name))) insert(root, path, { key: image.id, image });
  }
  return root;
}

/** A build leaves an image without a name after each step: what stands on it says more. */
function isStepOfAnother(world: World, image: ImageInfo): boolean {
  if (image.tags.length > 0) return false;
  for (const other of world.images.values()) {
    const isLater = other.layers.length > image.layers.length || (other !== image && other.tags.length > 0);
    if (isLater && image.layers.every(({ dir }, i) => other.layers[i]?.dir === dir)) return true;
  }
  return false;
}

/** Every layer that some image's record names. */
export function layerFacts(world: World): ReadonlyMap<string, LayerFacts> {
  const facts = new Map<string, LayerFacts>();
  for (const image of world.images.values())
    image.layers.forEach(({ dir, diffId, bytes }, i) => {
      const name = nameOf(dir);
      const known = facts.get(name)?.tags ?? [];
      const tags = i === image.layers.length - 1 ? [...known, ...image.tags] : known;
      facts.set(name, { diffId, bytes, seq: image.seq, tags });
    });
  return facts;
}

/** Overlays that stand on a layer. */
export function usersOf(at: Layer): Overlay[] {
  return [
    ...at.tops.flatMap((top) => (top.overlay ? [top.overlay] : [])),
    ...[...at.children.values()].flatMap(usersOf),
  ];
}
