// The page's main thread while a `docker run` is drawn: tasks over 50 ms, frames, and how long what the guest prints is on its way.
import type { Page } from 'playwright-core';
import { withPage, type BenchPage } from '../page.ts';
import type { Result, Row } from '../row.ts';

const REST_MS = 3_000;
const WATCH_MS = 12_000;
const PULL_TIMEOUT_MS = 400_000;
/** The guest prints its clock (proc_uptime(5), in hundredths of a second) this often. */
const STAMP_EVERY_S = 0.2;
const STAMPS_AT_REST = 15;

export const frames: Row = {
  name: 'frames',
  title: 'the main thread while docker run animates',
  run: async () => [...(await withPage(smallRun)), ...(await withPage(pullInSight))],
};

/** A run without a pull, in the scene that a visitor sees first. */
async function smallRun({ page, type }: BenchPage): Promise<Result[]> {
  const still = await rest(page);
  await type('docker run --rm busybox true');
  await page.waitForTimeout(WATCH_MS);
  return results('docker run --rm busybox true', await page.evaluate(readMainThread), still);
}

/** A pull, a container with a network and a published port, with the Network scene in sight and a shell that prints. */
async function pullInSight({ page, type }: BenchPage): Promise<Result[]> {
  await page.getByRole('tab', { name: 'Network' }).click();
  const still = await rest(page);
  const stamp = `read up idle < /proc/uptime; echo "@$up@"; sleep ${STAMP_EVERY_S}`;
  await type(`for i in $(seq ${STAMPS_AT_REST}); do ${stamp}; done; echo re''sted`);
  await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('rested'));
  const atRest = await page.evaluate(readStamps);
  await page.evaluate(readMainThread);
  await type(
    `docker run -d --name web -p 8080:80 nginx > /tmp/out 2>&1 & while [ -n "$(jobs -r)" ]; do ${stamp}; done; echo pul''led`,
  );
  await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('pulled'), undefined, {
    timeout: PULL_TIMEOUT_MS,
  });
  const busy = await page.evaluate(readMainThread);
  const stamps = await page.evaluate(readStamps);
  await page.locator('.timeline').getByText('Caught up').waitFor({ timeout: PULL_TIMEOUT_MS });
  // Guest and page do not have one clock: the quickest way at rest counts as none.
  const zero = Math.min(...atRest);
  const lags = stamps.map((ms) => ms - zero).sort((a, b) => a - b);
  const what = 'Network scene, docker run -d -p with its pull';
  return [
    ...results(what, busy, still),
    {
      row: 'frames',
      what: `${what}: guest output on the screen, 95 of 100 within`,
      is: lags[Math.floor(lags.length * 0.95)] ?? Number.NaN,
      unit: 'ms',
      goal: 250,
      samples: lags.map((ms) => Math.round(ms)),
      note: `longest ${(lags.at(-1) ?? 0).toFixed(0)} ms, at rest ${(Math.max(...atRest) - zero).toFixed(0)} ms`,
    },
  ];
}

/** The display's own rate here, with nothing to draw. */
async function rest(page: Page): Promise<Watched> {
  // The compiler that runs this file wraps inner functions in a helper that the page does not have.
  await page.evaluate('globalThis.__name = (f) => f');
  await page.evaluate(watchMainThread);
  await page.waitForTimeout(REST_MS);
  return page.evaluate(readMainThread);
}

function results(what: string, busy: Watched, still: Watched): Result[] {
  return [
    {
      row: 'frames',
      what: `${what}: tasks over 50 ms`,
      is: busy.long.length,
      unit: 'tasks',
      goal: 0,
      note: `longest ${Math.max(0, ...busy.long).toFixed(0)} ms, together ${busy.long.reduce((sum, ms) => sum + ms, 0).toFixed(0)} ms of ${busy.seconds.toFixed(0)} s`,
    },
    {
      row: 'frames',
      what: `${what}: frames`,
      is: busy.framesPerSecond,
      unit: 'a second',
      against: { what: 'the page at rest', is: still.framesPerSecond },
      goal: 0.9,
      goalIs: 'at-least',
    },
  ];
}

interface Watched {
  readonly long: number[];
  readonly framesPerSecond: number;
  readonly seconds: number;
}
type Watching = Window & {
  bench?: { long: number[]; frames: number; since: number; stamps: Set<string>; ways: number[] };
};

/** Runs in the page. */
function watchMainThread(): void {
  const bench = {
    long: [] as number[],
    frames: 0,
    since: performance.now(),
    stamps: new Set<string>(),
    ways: [] as number[],
  };
  (window as Watching).bench = bench;
  new PerformanceObserver((list) => bench.long.push(...list.getEntries().map((entry) => entry.duration))).observe({
    type: 'longtask',
  });
  const frame = (): void => {
    bench.frames++;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const screen = document.querySelector('.xterm-rows');
  // Each stamp's way: the page's clock, less the guest's when it printed.
  const look = (): void => {
    for (const [, stamp = ''] of screen?.textContent?.matchAll(/@(\d+\.\d+)@/g) ?? [])
      if (!bench.stamps.has(stamp)) {
        bench.stamps.add(stamp);
        bench.ways.push(performance.now() - Number(stamp) * 1000);
      }
  };
  if (screen) new MutationObserver(look).observe(screen, { childList: true, subtree: true, characterData: true });
}

/** Runs in the page: what was seen since the last reading. */
function readMainThread(): Watched {
  const { bench } = window as Watching;
  if (!bench) throw new Error('nobody watches');
  const seconds = (performance.now() - bench.since) / 1000;
  const seen = { long: bench.long.splice(0), framesPerSecond: bench.frames / seconds, seconds };
  bench.frames = 0;
  bench.since = performance.now();
  return seen;
}

/** Runs in the page: the ways of the stamps since the last reading, in milliseconds from some beginning. */
function readStamps(): number[] {
  return (window as Watching).bench?.ways.splice(0) ?? [];
}
