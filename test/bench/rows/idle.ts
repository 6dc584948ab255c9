// What the page costs when nothing happens: processor time of Chromium's processes by the clock on the wall.
import { execFileSync } from 'node:child_process';
import { withPage } from '../page.ts';
import type { Result, Row } from '../row.ts';

const SETTLE_MS = 15_000;
const WATCH_MS = 20_000;

export const idle: Row = {
  name: 'idle',
  title: 'an idle machine',
  run: () =>
    withPage(async ({ page }): Promise<Result[]> => {
      await page.waitForTimeout(SETTLE_MS);
      const [before, start] = [cpuSeconds(), performance.now()];
      await page.waitForTimeout(WATCH_MS);
      const seconds = (performance.now() - start) / 1000;
      const share = ((cpuSeconds() - before) / seconds) * 100;
      return [{ row: 'idle', what: 'page and machine', is: share, unit: '% of a core', goal: 5 }];
    }),
};

/** User and system time of every process that this one has started, in seconds. ps(1): TIME in seconds. */
function cpuSeconds(): number {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,cputimes='], { encoding: 'utf8' }).trim().split('\n');
  const rows = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const mine = new Set([process.pid]);
  for (let before = 0; before !== mine.size;) {
    before = mine.size;
    for (const [pid = 0, parent = 0] of rows) if (mine.has(parent)) mine.add(pid);
  }
  return rows.reduce((sum, [pid = 0, , seconds = 0]) => sum + (pid !== process.pid && mine.has(pid) ? seconds : 0), 0);
}
