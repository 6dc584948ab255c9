// `docker run -d -p` against `docker run --rm`: what publishing a port costs.
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 12;

export const publish: Row = {
  name: 'publish',
  title: 'docker run -d -p, warm, guest time',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    const [plain, published] = ['docker run --rm busybox true', 'docker run -d -p 7000:7000 busybox sleep 1000'];
    const times: [number[], number[]] = [[], []];
    let instructions = 0;
    for (let round = -8; round < ROUNDS; round++) {
      const one = await guest.time(plain);
      const other = await guest.time(published);
      await guest.sh('docker rm -f $(docker ps -aq) >/dev/null');
      if (round < 0) continue;
      times[0].push(one.ms);
      times[1].push(other.ms);
      instructions = other.instructions;
    }
    await guest.close();
    return [
      {
        row: 'publish',
        what: published,
        is: median(times[1]),
        unit: 'ms',
        against: { what: plain, is: median(times[0]) },
        goal: 1.5,
        samples: times[1],
        instructions,
      },
    ];
  },
};
