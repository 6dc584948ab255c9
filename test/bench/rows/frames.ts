// The page's main thread while a `docker run` is drawn: tasks over 50 ms, and frames.
import { withPage } from '../page.ts';
import type { Result, Row } from '../row.ts';

const WATCH_MS = 12_000;

export const frames: Row = {
  name: 'frames',
  title: 'the main thread while docker run animates',
  run: () =>
    withPage(async ({ page, type }): Promise<Result[]> => {
      // The compiler that runs this file wraps inner functions in a helper that the page does not have.
      await page.evaluate('globalThis.__name = (f) => f');
      await page.evaluate(watchMainThread);
      // The display's own rate here, with nothing to draw.
      await page.waitForTimeout(3000);
      const still = await page.evaluate(readMainThread);
      await type('docker run --rm busybox true');
      await page.waitForTimeout(WATCH_MS);
      const busy = await page.evaluate(readMainThread);
      return [
        {
          row: 'frames',
          what: 'tasks over 50 ms',
          is: busy.long.length,
          unit: 'tasks',
          goal: 0,
          note: `longest ${Math.max(0, ...busy.long).toFixed(0)} ms`,
        },
        {
          row: 'frames',
          what: 'frames',
          is: busy.framesPerSecond,
          unit: 'a second',
          against: { what: 'the page at rest', is: still.framesPerSecond },
          goal: 0.9,
          goalIs: 'at-least',
        },
      ];
    }),
};

interface Watched {
  readonly long: number[];
  readonly framesPerSecond: number;
}
type Watching = Window & { bench?: { long: number[]; frames: number; since: number } };

/** Runs in the page. */
function watchMainThread(): void {
  const bench = { long: [] as number[], frames: 0, since: performance.now() };
  (window as Watching).bench = bench;
  new PerformanceObserver((list) => bench.long.push(...list.getEntries().map((entry) => entry.duration))).observe({
    type: 'longtask',
  });
  const frame = (): void => {
    bench.frames++;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Runs in the page: what was seen since the last reading. */
function readMainThread(): Watched {
  const { bench } = window as Watching;
  if (!bench) throw new Error('nobody watches');
  const seconds = (performance.now() - bench.since) / 1000;
  const seen = { long: bench.long.splice(0), framesPerSecond: bench.frames / seconds };
  bench.frames = 0;
  bench.since = performance.now();
  return seen;
}
