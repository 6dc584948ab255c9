// `docker ps` with ten containers, from Enter to the prompt on a terminal, against a static C hello.
import { BenchGuest } from '../guest.ts';
import type { Result, Row } from '../row.ts';

export const ps: Row = {
  name: 'ps',
  title: 'docker ps with ten containers, Enter to prompt',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh('for i in 0 1 2 3 4 5 6 7 8 9; do docker run -d --name bench$i busybox sleep 100000; done');
    const [list, hello] = await guest.enterToPrompt(['docker ps', '/root/hello'], 25, 15);
    await guest.close();
    return [
      {
        row: 'ps',
        what: 'docker ps',
        is: list?.medianMs ?? Number.NaN,
        unit: 'ms',
        against: { what: 'hello in C', is: hello?.medianMs ?? Number.NaN },
        goal: 5,
        samples: list?.samples ?? [],
        instructions: list?.instructions ?? Number.NaN,
      },
    ];
  },
};
