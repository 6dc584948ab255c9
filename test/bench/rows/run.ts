// `docker run --rm busybox true`, warm, against a C program that does the same kernel work.
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 12;

export const run: Row = {
  name: 'run',
  title: 'docker run --rm busybox true, warm, guest time',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    const command = 'docker run --rm busybox true';
    // v86 translates what has run often: it takes about sixty to have nearly all of it.
    await guest.compare([command], 0, 60);
    await guest.floor(10);
    const floors: number[] = [];
    const samples: number[] = [];
    let instructions = 0;
    for (let round = 0; round < ROUNDS; round++) {
      floors.push(await guest.floor(3));
      for (let i = 0; i < 3; i++) {
        const one = await guest.time(command);
        samples.push(one.ms);
        instructions = one.instructions;
      }
    }
    await guest.close();
    const row = { row: 'run', what: command, is: median(samples), unit: 'ms', samples, instructions };
    const against = { what: 'the C floor', is: median(floors) };
    return [
      { ...row, against, goal: 4 },
      { ...row, against, goal: 3, note: 'the goal of the second part' },
    ];
  },
};
