// The first `docker run` after a restore, when v86 has translated nothing yet, against the same warm.
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 3;
const COMMAND = 'docker run --rm busybox true';

export const first: Row = {
  name: 'first',
  title: 'the first docker run after a restore',
  async run(): Promise<Result[]> {
    const [cold, warm]: [number[], number[]] = [[], []];
    let instructions = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const guest = await BenchGuest.open();
      const one = await guest.time(COMMAND);
      cold.push(one.ms);
      instructions = one.instructions;
      const [after] = await guest.compare([COMMAND], 5, 10);
      warm.push(after?.medianMs ?? Number.NaN);
      await guest.close();
    }
    return [
      {
        row: 'first',
        what: COMMAND,
        is: median(cold),
        unit: 'ms',
        against: { what: 'the same after ten others', is: median(warm) },
        goal: 3,
        samples: cold,
        instructions,
        note: 'no goal in the issues; watched',
      },
    ];
  },
};
