// Bytes from the page through a published port into a container, and back.
import { pattern } from '../../../src/vm/net/testing/lossy-wire.ts';
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 3;
const BYTES = 4_000_000;

export const tcp: Row = {
  name: 'tcp',
  title: 'TCP from the page to a container and back',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh(
      'docker run -d -p 7000:7000 busybox nc -ll -p 7000 -e cat; until netstat -ltn | grep -q :7000; do :; done',
    );
    const samples: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const speed = await echo(guest);
      if (round >= 0) samples.push(speed);
    }
    await guest.close();
    return [
      {
        row: 'tcp',
        what: 'echo of 4 MB by a container',
        is: median(samples),
        unit: 'MB/s',
        goal: 3,
        goalIs: 'at-least',
        samples,
        note: 'each byte counted once, though it travels twice',
      },
    ];
  },
};

async function echo(guest: BenchGuest): Promise<number> {
  const { network } = guest.session;
  if (!network) throw new Error('no network');
  const bytes = pattern(BYTES);
  const start = performance.now();
  const stream = await network.connect(7000);
  const writing = stream.write(bytes);
  let received = 0;
  while (received < BYTES) {
    const piece = await stream.read();
    if (piece === null) throw new Error(`the echo ended after ${received} bytes`);
    received += piece.length;
  }
  await writing;
  stream.abort();
  return BYTES / 1e6 / ((performance.now() - start) / 1000);
}
