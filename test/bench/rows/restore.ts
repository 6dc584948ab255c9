// Restoring the snapshot against booting cold: from the start of the machine to a prompt that has answered `docker ps`.
import { openSession } from '../../vm/harness.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 3;

export const restore: Row = {
  name: 'restore',
  title: 'from nothing to a prompt that answers docker ps, files at hand',
  async run(): Promise<Result[]> {
    const times = { snapshot: [] as number[], cold: [] as number[] };
    for (let round = 0; round < ROUNDS; round++)
      for (const boot of ['snapshot', 'cold'] as const) times[boot].push(await toFirstAnswer(boot));
    return [
      {
        row: 'restore',
        what: 'snapshot to docker ps',
        is: median(times.snapshot),
        unit: 'ms',
        against: { what: 'cold boot', is: median(times.cold) },
        goal: 0.2,
        samples: times.snapshot,
      },
    ];
  },
};

async function toFirstAnswer(boot: 'snapshot' | 'cold'): Promise<number> {
  const start = performance.now();
  const { session, sink } = await openSession({ boot });
  const id = await session.openTerminal({ columns: 120, rows: 40 });
  // A machine that has just booted may show a prompt before its engine answers: the command waits for it as a person would.
  const line = 'until docker ps 2>/dev/null; do sleep 0.05; done\r';
  await session.write(id, new TextEncoder().encode(line));
  await sink.until(() => sink.text(id).includes('CONTAINER ID'));
  const ms = performance.now() - start;
  await session.stop();
  return ms;
}
