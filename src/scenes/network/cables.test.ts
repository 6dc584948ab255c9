import { expect, it } from 'vitest';
import type { Figure } from '../kit/figure.ts';
import { corners, type Point } from './cables.ts';

const room = (n: number, x: number, y: number, w = 150): Figure => ({
  key: `netns:${n}`,
  sign: 'room',
  x,
  y,
  w,
  h: 120,
});
const rows = [
  ...[20, 186, 352].map((x, n) => room(n, x, 20)),
  ...[20, 186, 352].map((x, n) => room(10 + n, x, 168)),
  ...[20, 186].map((x, n) => room(20 + n, x, 316)),
];

/** Rooms that a line from corner to corner touches; all lines are level or upright. */
function touched(points: readonly Point[], rooms: readonly Figure[]): string[] {
  return rooms
    .filter(({ x, y, w, h }) =>
      points.slice(1).some(([x2, y2], i) => {
        const [x1, y1] = points[i] ?? [0, 0];
        const isBeside = Math.max(x1, x2) <= x || Math.min(x1, x2) >= x + w;
        return !isBeside && Math.max(y1, y2) > y && Math.min(y1, y2) < y + h;
      }),
    )
    .map(({ key }) => key);
}

it('leads cables of upper rows past the rooms below', () => {
  for (const [lane, x] of [40, 95, 150, 260, 300, 400, 480].entries()) {
    const points = corners(rows, [x, 130], [230, 560], lane);
    expect(touched(points, rows.slice(3))).toEqual([]);
    expect([points[0], points.at(-1)]).toEqual([
      [x, 130],
      [230, 560],
    ]);
  }
});

it('lets a cable of the lowest row fall straight, or with one step', () => {
  expect(corners(rows, [95, 426], [95, 560], 0)).toEqual([
    [95, 426],
    [95, 560],
  ]);
  expect(corners(rows, [95, 426], [300, 560], 1)).toHaveLength(4);
});

it('does not let cables of several lanes lie on each other in a passage', () => {
  const ways = [0, 1, 2].map((lane) => corners(rows, [260, 130], [230, 560], lane)[2]?.[0]);
  expect(new Set(ways).size).toBe(3);
});

it('does not let cables from different rows lie on each other above the bridges', () => {
  const fromRows: Point[] = [
    [400, 130],
    [300, 278],
    [95, 426],
    [200, 426],
  ];
  const heights = fromRows.flatMap((from, lane) => corners(rows, from, [500, 560], lane).at(-2)?.[1] ?? []);
  const inOrder = heights.toSorted((a, b) => a - b);
  const apart = inOrder.slice(1).map((height, i) => height - (inOrder[i] ?? 0));
  expect(heights).toHaveLength(4);
  expect(Math.min(...apart)).toBeGreaterThanOrEqual(4);
});
