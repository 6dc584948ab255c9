// The first `docker run` after a restore, when v86 has translated nothing yet, against the same warm.
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 3;
const COMMAND = 'docker run --rm busybox true';

export const first: Row = {
  name: 'first',
  title: 'the first docker run after a restore',
  async run(): Promise<Result[]> {
    const [atOnce, cold, warm]: [number[], number[], number[]] = [[], [], []];
    let instructions = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const hurried = await BenchGuest.open();
      atOnce.push((await hurried.time(COMMAND)).ms);
      await hurried.close();
      const guest = await BenchGuest.open({ atPrompt: true });
      const one = await guest.time(COMMAND);
      cold.push(one.ms);
      instructions = one.instructions;
      const [after] = await guest.compare([COMMAND], 5, 10);
      warm.push(after?.medianMs ?? Number.NaN);
      await guest.close();
    }
    const against = { what: 'the same after ten others', is: median(warm) };
    const row = { row: 'first', unit: 'ms', against, goal: 3, note: 'no goal in the issues; watched' };
    return [
      { ...row, what: `${COMMAND} some seconds after the prompt`, is: median(cold), samples: cold, instructions },
      { ...row, what: `${COMMAND} at once`, is: median(atOnce), samples: atOnce },
    ];
  },
};
