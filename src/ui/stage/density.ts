// How much happened where in the log: the little hills of the timeline. Counts only what a student can see as an operation.
import type { WorldEvent } from '../../protocol/events.ts';
import { isReadable } from '../../sim/timeline.ts';

/** Heights 0 to 1 for `columns` equal parts of the log; logarithmic, so that one event beside a burst is still seen. */
export function densityOf(log: readonly WorldEvent[], columns: number): number[] {
  const counts = new Array<number>(columns).fill(0);
  if (log.length === 0) return counts;
  log.forEach((event, i) => {
    if (!isReadable(event)) return;
    const column = Math.min(columns - 1, Math.floor((i / log.length) * columns));
    counts[column] = (counts[column] ?? 0) + 1;
  });
  const most = Math.max(...counts, 1);
  return counts.map((count) => (count === 0 ? 0 : Math.max(0.15, Math.log1p(count) / Math.log1p(most))));
}

/** 1 in each of `columns` equal parts of the log in which events were lost, else 0. */
export function lossesOf(log: readonly WorldEvent[], columns: number): number[] {
  const losses = new Array<number>(columns).fill(0);
  log.forEach((event, i) => {
    if (event.kind === 'stream.lost') losses[Math.min(columns - 1, Math.floor((i / log.length) * columns))] = 1;
  });
  return losses;
}

/** The heights as one path: bars 2 wide every 3 pixels, standing on the foot of a strip 24 high. */
export function hillsOf(heights: readonly number[]): string {
  let path = '';
  heights.forEach((height, i) => {
    const h = Math.round(height * 180) / 10 + 2;
    if (height > 0) path += `M${i * 3},24v${-h}h2v${h}z`;
  });
  return path;
}
