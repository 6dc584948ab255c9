// The engine's spans: they name things (a container, an image, a request) and say why; what is, the kernel says.
import type { EventHead, EngineEvent } from '../../protocol/events.ts';
import type { SpanMarker } from '../../protocol/spans.ts';
import { bound, drop, put } from '../collections.ts';
import { nextHue } from '../hue.ts';
import type { Container, ImageInfo, LayerTransfer, Overlay, Span, World } from '../world.ts';
import { reduceBuild, stepContainer } from './build.ts';
import { refreshContainer } from './process.ts';

const SPAN_LIMIT = 600;

type Event = EventHead & EngineEvent;

/** Fold one marker. An end without a beginning, or attributes of a wrong type, change nothing. */
export function reduceSpan(world: World, event: Event): World {
  const { span } = event;
  if (span.k === 'b') return begin(reduceBuild(world, event), event);
  if (span.k === 'e') return end(reduceBuild(world, event), event);
  switch (span.n) {
    case 'container.config':
      return containerConfig(world, event);
    case 'image':
      return image(world, span, event.seq);
    case 'pull.layer':
      return transfer(world, 'pull', span, event.seq);
    case 'push.layer':
      return transfer(world, 'push', span, event.seq);
    case 'volume.copy-up':
      return volumeCopy(world, span, event.seq);
    case 'event':
      return dockerEvent(world, event);
    case 'step': {
      const { fn, file } = span.a ?? {};
      if (typeof fn !== 'string' || typeof file !== 'string') return world;
      return { ...world, steps: put(world.steps, event.pid, { fn, file }) };
    }
    default:
      return world;
  }
}

function begin(world: World, event: Event): World {
  const { span } = event;
  const open = world.openSpans.get(event.pid) ?? [];
  const began: Span = {
    id: span.id,
    ...(span.p === undefined ? {} : { parent: span.p }),
    component: span.c,
    name: span.n,
    pid: event.pid,
    beganNs: event.timeNs,
    attributes: span.a ?? {},
    seq: event.seq,
  };
  const spans = bound(
    put(world.spans, span.id, began),
    SPAN_LIMIT,
    (kept) => kept.endedNs === undefined && event.timeNs - kept.beganNs < 60e9,
  );
  return { ...world, spans, openSpans: put(world.openSpans, event.pid, [...open, span.id].slice(-32)) };
}

function end(world: World, event: Event): World {
  const { span } = event;
  const began = world.spans.get(span.id);
  const left = (world.openSpans.get(event.pid) ?? []).filter((id) => id !== span.id);
  const openSpans = left.length > 0 ? put(world.openSpans, event.pid, left) : drop(world.openSpans, event.pid);
  if (!began) return { ...world, openSpans };
  const ended: Span = { ...began, endedNs: event.timeNs, attributes: { ...began.attributes, ...span.a } };
  return { ...world, openSpans, spans: put(world.spans, span.id, ended) };
}

function containerConfig(world: World, event: Event): World {
  const config = event.span.a ?? {};
  const id = config['id'];
  if (typeof id !== 'string') return world;
  const known = world.containers.get(id);
  const container: Container = {
    ...(known ?? { state: 'created', hue: nextHue(world.containers.values()), seq: event.seq }),
    id,
    name: text(config['name']) ?? known?.name ?? id.slice(0, 12),
    image: text(config['image']) ?? known?.image ?? '',
    cgroup: text(config['cgroup']) ?? known?.cgroup ?? `/docker/${id}`,
    config: { ...known?.config, ...config },
  };
  const upper = text(config['upperDir']);
  let { overlays } = world;
  for (const overlay of overlays.values())
    if (upper && overlay.container === undefined && isUpper(overlay, upper))
      overlays = put(overlays, overlay.key, { ...overlay, container: id });
  const named = { ...world, overlays, containers: put(world.containers, id, container) };
  return refreshContainer(stepContainer(named, event.span.p, id), id);
}

function isUpper(overlay: Overlay, upper: string): boolean {
  return overlay.upperdir !== undefined && (overlay.upperdir === upper || upper.endsWith(`/${overlay.upperdir}`));
}

function image(world: World, span: SpanMarker, seq: number): World {
  const id = text(span.a?.['id']);
  if (!id) return world;
  if (span.a?.['removed'] === true) return { ...world, images: drop(world.images, id) };
  const layers: ImageInfo['layers'][number][] = [];
  for (const layer of list(span.a?.['layers'])) {
    const { diffId, chainId, dir, bytes } = record(layer);
    layers.push({
      diffId: text(diffId) ?? '',
      chainId: text(chainId) ?? '',
      dir: text(dir) ?? '',
      bytes: count(bytes),
    });
  }
  const tags = list(span.a?.['tags']).filter((tag) => typeof tag === 'string');
  const known = world.images.get(id);
  return {
    ...world,
    images: put(world.images, id, {
      id,
      tags,
      layers: layersOf(span, layers, known),
      seq: known?.seq ?? seq,
    }),
  };
}

/** A long image comes in several markers: `part` of `parts`, counted from 0. */
function layersOf(span: SpanMarker, layers: ImageInfo['layers'], known: ImageInfo | undefined): ImageInfo['layers'] {
  if (layers.length === 0) return known?.layers ?? [];
  return count(span.a?.['part']) > 0 ? [...(known?.layers ?? []), ...layers] : layers;
}

const TRANSFER_LIMIT = 60;
const ARRIVED: readonly string[] = ['complete', 'exists', 'pushed', 'mounted'];

/** Does the layer travel no more? */
export function hasArrived({ state }: LayerTransfer): boolean {
  return ARRIVED.includes(state);
}

function transfer(world: World, direction: LayerTransfer['direction'], span: SpanMarker, seq: number): World {
  const a = span.a ?? {};
  const digest = text(a['digest']);
  if (!digest) return world;
  const image = text(a['image']) ?? '';
  const key = `${direction} ${image} ${digest}`;
  const before = world.transfers.get(key);
  // A layer that sets out anew stands where it stood, but it is news.
  const isNew = before === undefined || (hasArrived(before) && seq > before.seq);
  const layer: LayerTransfer = {
    direction,
    image,
    digest,
    state: text(a['state']) ?? '',
    current: count(a['current']),
    total: count(a['total']),
    seq: isNew ? seq : before.seq,
  };
  return { ...world, transfers: bound(put(world.transfers, key, layer), TRANSFER_LIMIT, (kept) => !hasArrived(kept)) };
}

function volumeCopy(world: World, span: SpanMarker, seq: number): World {
  const a = span.a ?? {};
  const volume = text(a['volume']);
  if (!volume) return world;
  const copy = { volume, from: text(a['from']) ?? '', container: text(a['id']) ?? '', seq };
  return { ...world, volumeCopies: bound(put(world.volumeCopies, volume, copy), 100, () => false) };
}

/** Docker's own events name and remove containers; their life and death is the kernel's to tell. */
function dockerEvent(world: World, event: Event): World {
  const { Type, Action, Actor } = event.span.a ?? {};
  const actor = record(Actor);
  const id = text(actor['ID']);
  if (Type === 'image') return imageEvent(world, id, Action, record(actor['Attributes'])['name']);
  if (Type === 'network') return network(world, id, Action, record(actor['Attributes']), event.seq);
  if (Type !== 'container') return world;
  const container = id === undefined ? undefined : world.containers.get(id);
  if (!container) return world;
  if (Action === 'destroy') return { ...world, containers: drop(world.containers, container.id) };
  const attributes = record(actor['Attributes']);
  const name = text(attributes['name']);
  const exitCode = Action === 'die' ? Number(attributes['exitCode']) : NaN;
  if (Action === 'rename' && name)
    return { ...world, containers: put(world.containers, container.id, { ...container, name }) };
  if (!Number.isNaN(exitCode) && container.state === 'exited')
    return { ...world, containers: put(world.containers, container.id, { ...container, exitCode }) };
  return world;
}

/** A name goes from the image that had it to the one that gets it; an image that is deleted is gone. */
function imageEvent(world: World, id: string | undefined, action: unknown, name: unknown): World {
  if (id === undefined) return world;
  if (action === 'delete') return { ...world, images: drop(world.images, id) };
  if (action !== 'tag' || typeof name !== 'string' || !world.images.has(id)) return world;
  const images = new Map(world.images);
  for (const image of world.images.values()) {
    const others = image.tags.filter((tag) => tag !== name);
    if (image.id === id) images.set(id, { ...image, tags: [...others, name] });
    else if (others.length < image.tags.length) images.set(image.id, { ...image, tags: others });
  }
  return { ...world, images };
}

function network(
  world: World,
  id: string | undefined,
  action: unknown,
  { name, type }: Record<string, unknown>,
  seq: number,
): World {
  if (id === undefined) return world;
  if (action === 'destroy') return { ...world, networks: drop(world.networks, id) };
  const known = world.networks.get(id);
  if (known || typeof name !== 'string') return world;
  return { ...world, networks: put(world.networks, id, { id, name, driver: text(type) ?? '', seq }) };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
