// The way of a cable: from a device in a room down to the bridge. Where rooms stand in several rows, it passes between those of the
// lower ones, so that no cable seems to end in somebody else's room.
import type { Figure } from '../kit/figure.ts';

export type Point = readonly [number, number];

/** From a row of rooms to where cables run sideways above or below it. */
const CLEAR = 12;
/** Cables that share a passage stand so far apart. */
const APART = 4;
const LANES = 3;
/** Cables that run sideways above the bridges do so at heights of their own. */
const HEIGHTS = 7;

interface Row {
  readonly top: number;
  readonly rooms: readonly Figure[];
}

/** Corners of the cable number `lane` from a device to its socket, past the rooms between them. */
export function corners(figures: readonly Figure[], from: Point, to: Point, lane: number): readonly Point[] {
  const offset = ((lane % LANES) - 1) * APART;
  const points: Point[] = [from];
  let [x] = from;
  for (const row of rowsBetween(figures, from[1], to[1])) {
    if (!row.rooms.some((room) => isWithin(x, room))) continue;
    const next = passage(row.rooms, x) + offset;
    const side = row.top - CLEAR + offset;
    points.push([x, side], [next, side]);
    x = next;
  }
  // From the lowest room on, for all cables: a height of one's own is one only if all count from the same line.
  const below = Math.max(from[1], ...bottomsAbove(figures, to[1]));
  const space = to[1] - below;
  const own = ((lane % HEIGHTS) - (HEIGHTS - 1) / 2) * Math.min(6, space / (HEIGHTS + 2));
  const middle = below + space / 2 + (space > 0 ? own : 0);
  if (Math.abs(x - to[0]) >= 2) points.push([x, middle], [to[0], middle]);
  points.push(to);
  return points;
}

const isWithin = (x: number, { x: left, w }: Figure): boolean => x > left - APART && x < left + w + APART;

const isRoom = ({ key }: Figure): boolean => key.startsWith('netns:');

const bottomsAbove = (figures: readonly Figure[], height: number): number[] =>
  figures.flatMap((figure) => (isRoom(figure) && figure.y + figure.h < height ? [figure.y + figure.h] : []));

/** The rows of rooms that stand wholly between two heights, from the top. */
function rowsBetween(figures: readonly Figure[], from: number, to: number): Row[] {
  const rows = new Map<number, Figure[]>();
  for (const figure of figures)
    if (isRoom(figure) && figure.y > from && figure.y + figure.h < to)
      rows.set(figure.y, [...(rows.get(figure.y) ?? []), figure]);
  return [...rows].sort(([a], [b]) => a - b).map(([top, rooms]) => ({ top, rooms }));
}

/** The middle of the nearest gap between two rooms of a row, or beside its first or last one. */
function passage(rooms: readonly Figure[], x: number): number {
  const inOrder = rooms.toSorted((a, b) => a.x - b.x);
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  if (!first || !last) return x;
  const gaps = inOrder.flatMap((room, i) => {
    const next = inOrder[i + 1];
    return next ? [(room.x + room.w + next.x) / 2] : [];
  });
  const ways = [first.x - CLEAR + 2, ...gaps, last.x + last.w + CLEAR - 2];
  return ways.reduce((best, way) => (Math.abs(way - x) < Math.abs(best - x) ? way : best));
}
