// `docker exec` against what cannot be had cheaper: the stub with a child of the resident client that does next to nothing
// (`docker --version`), and one fork, exec and wait in C.
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

export const exec: Row = {
  name: 'exec',
  title: 'docker exec, warm, guest time',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh('docker run -d --name bench busybox sleep 100000');
    const commands = ['docker exec bench true', 'docker --version'];
    const c: number[] = [];
    await guest.compare(commands, 0, 20);
    for (let round = 0; round < 5; round++) c.push(await guest.forkExecWait(10));
    const [inside, stub] = await guest.compare(commands, 20);
    await guest.close();
    return [
      {
        row: 'exec',
        what: 'docker exec bench true',
        is: inside?.medianMs ?? Number.NaN,
        unit: 'ms',
        against: {
          what: 'fork, exec and wait in C, through the stub,',
          is: (stub?.medianMs ?? Number.NaN) + median(c),
        },
        goal: 2,
        samples: inside?.samples ?? [],
        instructions: inside?.instructions ?? Number.NaN,
      },
    ];
  },
};
