// What the page costs when nothing happens: processor time of Chromium's processes by the clock on the wall.
import { readdirSync, readFileSync } from 'node:fs';
import { withPage } from '../page.ts';
import type { Result, Row } from '../row.ts';

const SETTLE_MS = 15_000;
const WATCH_MS = 20_000;
/** sysconf(_SC_CLK_TCK) */
const TICKS_A_SECOND = 100;

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

/** User and system time of every process that this one has started, in seconds, to a hundredth. proc_pid_stat(5) */
function cpuSeconds(): number {
  const processes = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  const mine = new Set([process.pid]);
  for (let before = 0; before !== mine.size;) {
    before = mine.size;
    for (const { pid, parent } of processes) if (mine.has(parent)) mine.add(pid);
  }
  const ticks = processes.filter(({ pid }) => pid !== process.pid && mine.has(pid)).map((one) => one.ticks);
  return ticks.reduce((sum, some) => sum + some, 0) / TICKS_A_SECOND;
}

/** Undefined if it has ended meanwhile. */
function statOf(pid: number): { pid: number; parent: number; ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in brackets, may have blanks.
    const [, parent, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), ticks: Number(fields[9]) + Number(fields[10]) };
  } catch {
    return undefined;
  }
}
