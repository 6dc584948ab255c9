// Bytes from a container through its published port to the page.
import { BenchGuest } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 3;
const BYTES = 4_000_000;

export const tcp: Row = {
  name: 'tcp',
  title: 'TCP between the page and a container',
  async run(): Promise<Result[]> {
    const guest = await BenchGuest.open();
    await guest.sh(
      `docker run -d -p 7000:80 busybox sh -c 'mkdir /w; dd if=/dev/zero of=/w/blob bs=1000000 count=4; exec httpd -f -p 80 -h /w'
       for i in $(seq 100); do docker exec $(docker ps -lq) wget -q -O /dev/null http://127.0.0.1/blob && exit; sleep 0.1; done; exit 1`,
    );
    const samples: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const speed = await download(guest);
      if (round >= 0) samples.push(speed);
    }
    await guest.close();
    return [
      {
        row: 'tcp',
        what: '4 MB from a container to the page',
        is: median(samples),
        unit: 'MB/s',
        goal: 3,
        goalIs: 'at-least',
        samples,
        note: 'the way back is not measured yet',
      },
    ];
  },
};

async function download(guest: BenchGuest): Promise<number> {
  const { network } = guest.session;
  if (!network) throw new Error('no network');
  const start = performance.now();
  const stream = await network.connect(7000);
  await stream.write(new TextEncoder().encode('GET /blob HTTP/1.0\r\n\r\n'));
  let received = 0;
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) received += piece.length;
  stream.end();
  if (received < BYTES) throw new Error(`${received} bytes came`);
  return BYTES / 1e6 / ((performance.now() - start) / 1000);
}
