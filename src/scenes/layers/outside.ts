// What stands above the stacks: layers that travel between a registry and here, and drums: volumes and host directories,
// piped into the containers that mount them.
import type { LayerTransfer } from '../../sim/world.ts';
import type { World } from '../../sim/world.ts';
import { hasArrived } from '../../sim/reduce/span.ts';
import type { Figure } from '../kit/figure.ts';
import { shareOf, shortDigest, stateInWords } from '../kit/transfers.ts';
import type { Mounts, Source } from '../kit/mounts.ts';

const MARGIN = 20;
const SLAB_H = 28;
const SLAB_W = 268;
const GAP = 8;
const DRUM_W = 156;
const DRUM_H = 52;
/** Room for the pipes between the drums and the highest room. */
const PIPES = 34;
const LONGEST_PIPE = 72;

const perRow = (width: number): number => Math.max(1, Math.floor((width - 2 * MARGIN + GAP) / (SLAB_W + GAP)));

/** Height of the band of travelling layers. */
export function travelHeight(transfers: readonly LayerTransfer[], width: number): number {
  if (transfers.length === 0) return 0;
  return 26 + Math.ceil(transfers.length / perRow(width)) * (SLAB_H + GAP) + 14;
}

/** Draws the layers of one pull or push, in the order in which the engine told of them. */
export function travel(transfers: readonly LayerTransfer[], top: number, width: number, figures: Figure[]): void {
  const [first] = transfers;
  if (!first) return;
  const columns = Math.min(perRow(width), transfers.length);
  const w = (width - 2 * MARGIN - (columns - 1) * GAP) / columns;
  figures.push({
    key: 'travel:title',
    sign: 'text',
    x: MARGIN,
    y: top,
    w: width - 2 * MARGIN,
    h: 18,
    title: titleOf(first),
    detail: `${transfers.filter(hasArrived).length} of ${transfers.length} there · dockerd’s word`,
    look: 'large',
  });
  transfers.forEach((transfer, i) => {
    const x = MARGIN + (i % columns) * (w + GAP);
    const y = top + 26 + Math.floor(i / columns) * (SLAB_H + GAP);
    figures.push({
      key: `travel:${transfer.direction}:${transfer.digest}`,
      sign: 'slab',
      x,
      y,
      w,
      h: SLAB_H,
      title: shortDigest(transfer),
      detail: stateInWords(transfer),
      look: `travel ${hasArrived(transfer) ? (transfer.state === 'exists' || transfer.state === 'mounted' ? 'present' : 'arrived') : ''}`,
      share: hasArrived(transfer) ? 0 : shareOf(transfer),
      opens: transfer.seq,
      says: `Layer ${transfer.digest}: ${stateInWords(transfer)}`,
      from: transfer.direction === 'pull' ? { x: width, y } : { x, y: y + 160 },
    });
  });
}

export const titleOf = ({ direction, image }: LayerTransfer): string =>
  direction === 'pull' ? `pull ${image} from the registry` : `push ${image} to the registry`;

/** Each source once, with the containers that mount it. */
function drumsOf(mounts: Mounts): { source: Source; users: string[] }[] {
  const drums = new Map<string, { source: Source; users: string[] }>();
  for (const [id, points] of mounts)
    for (const { source } of points) {
      if (!source) continue;
      const drum = drums.get(source.path) ?? { source, users: [] };
      if (!drum.users.includes(id)) drum.users.push(id);
      drums.set(source.path, drum);
    }
  return [...drums.values()];
}

export const drumsHeight = (mounts: Mounts): number => (drumsOf(mounts).length === 0 ? 0 : DRUM_H + PIPES);

/** The room of a container: what a pipe leads to. */
export interface Room {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/** Draws the drums from `top` down, each as near above its containers as the others let it. */
export function drums(
  world: World,
  mounts: Mounts,
  rooms: ReadonlyMap<string, Room>,
  top: number,
  width: number,
  figures: Figure[],
): void {
  const middle = ({ x, w }: Room): number => x + w / 2;
  const list = drumsOf(mounts)
    .map(({ source, users }) => {
      const standing = users.flatMap((id) => rooms.get(id) ?? []);
      const wanted = standing.reduce((sum, room) => sum + middle(room), 0) / Math.max(1, standing.length);
      return { source, users, wanted };
    })
    .filter(({ users }) => users.some((id) => rooms.has(id)))
    .sort((a, b) => a.wanted - b.wanted);
  const w = Math.min(DRUM_W, (width - 2 * MARGIN) / Math.max(1, list.length) - GAP);
  let least = MARGIN;
  const placed = list.map((drum, i) => {
    const most = width - MARGIN - (list.length - i) * (w + GAP) + GAP;
    const x = Math.max(least, Math.min(most, drum.wanted - w / 2));
    least = x + w + GAP;
    return { ...drum, x };
  });
  // As low as the rooms below them and those that they lead to let them.
  const isBelow = (room: Room): boolean => placed.some(({ x }) => room.x < x + w + GAP && room.x + room.w > x - GAP);
  const below = [...rooms].filter(([id, room]) => isBelow(room) || placed.some(({ users }) => users.includes(id)));
  const y = Math.max(top, Math.min(...below.map(([, room]) => room.y)) - DRUM_H - LONGEST_PIPE);
  placed.forEach(({ source, users, x }, i) => {
    for (const id of users) {
      const room = rooms.get(id);
      if (room) figures.push(pipe(world, mounts, source, id, { x: x + w / 2, y: y + DRUM_H - 4, w }, room, i));
    }
    figures.push(drum(source, x, y, w));
  });
}

function drum(source: Source, x: number, y: number, w: number): Figure {
  const { copied } = source;
  const filled = copied ? `, began as a copy of the image’s ${copied.from}, says dockerd` : '';
  return {
    key: `drum:${source.path}`,
    sign: 'drum',
    x,
    y,
    w,
    h: DRUM_H,
    title: source.name,
    detail: copied ? 'filled from image' : source.kind,
    says: `${source.kind === 'volume' ? 'Volume' : 'Directory of the VM'} ${source.name}, at ${source.path}${filled}`,
    ...(copied ? { opens: copied.seq } : {}),
  };
}

function pipe(world: World, mounts: Mounts, source: Source, id: string, from: Room, room: Room, lane: number): Figure {
  const points = (mounts.get(id) ?? []).filter((point) => point.source?.path === source.path);
  const readOnly = points.every((point) => point.readOnly);
  const container = world.containers.get(id);
  // Into the room's upper edge, straight down where the drum hangs above it.
  const x = Math.max(room.x + 14, Math.min(room.x + room.w - 14, from.x));
  const bend = from.y + 10 + (lane % 3) * 6;
  const corners: [number, number][] =
    x === from.x
      ? []
      : [
          [from.x, bend],
          [x, bend],
        ];
  return {
    key: `pipe:${id}:${source.path}`,
    sign: 'cable',
    x: 0,
    y: 0,
    w: 0,
    h: 0,
    points: [[from.x, from.y], ...corners, [x, room.y]],
    look: `pipe ${readOnly ? 'read-only' : ''}`,
    opens: points[0]?.seq ?? 0,
    says: `${container?.name ?? 'A container'} sees it at ${points.map((point) => point.target).join(', ')}${readOnly ? ', read-only' : ''}`,
    ...(container ? { hue: container.hue } : {}),
  };
}
