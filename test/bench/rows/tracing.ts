// What watching costs: `docker run` with the kernel's trace on and streamed to the page, against tracing off.
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 25;

export const tracing: Row = {
  name: 'tracing',
  title: 'docker run with tracing on and off',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    const command = 'docker run --rm busybox true';
    const times = { on: [] as number[], off: [] as number[] };
    let instructions = 0;
    for (let round = -12; round < ROUNDS; round++) {
      for (const state of ['on', 'off'] as const) {
        await guest.session.setTracing(state === 'on');
        const one = await guest.time(command);
        if (round < 0) continue;
        times[state].push(one.ms);
        if (state === 'on') instructions = one.instructions;
      }
    }
    await guest.close();
    return [
      {
        row: 'tracing',
        what: 'docker run, traced',
        is: median(times.on),
        unit: 'ms',
        against: { what: 'docker run, not traced', is: median(times.off) },
        goal: 1.1,
        samples: times.on,
        instructions,
      },
    ];
  },
};
