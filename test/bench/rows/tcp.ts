// Bytes from a container through its published port to the page, and from the page to a container and back.
import type { ByteStream } from '../../../src/vm/byte-stream.ts';
import { BenchGuest, since } from '../guest.ts';
import { median, type Result, type Row } from '../row.ts';

const ROUNDS = 5;
const WARM_UP = 2;
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
    await guest.sh(
      `docker run -d -p 7001:7001 busybox nc -ll -p 7001 -e cat
       until docker exec $(docker ps -lq) grep -q :1B59 /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done`,
    );
    const results = [
      await row(guest, '4 MB from a container to the page', download),
      await row(guest, '4 MB from the page to a container and back', echo),
    ];
    await guest.close();
    return results;
  },
};

async function row(guest: BenchGuest, what: string, once: (guest: BenchGuest) => Promise<number>): Promise<Result> {
  const samples: number[] = [];
  let instructions = 0;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const before = guest.session.machine.instructions;
    const speed = await once(guest);
    if (round < 0) continue;
    samples.push(speed);
    instructions = since(before, guest.session.machine.instructions);
  }
  return { row: 'tcp', what, is: median(samples), unit: 'MB/s', goal: 3, goalIs: 'at-least', samples, instructions };
}

async function download(guest: BenchGuest): Promise<number> {
  const start = performance.now();
  const stream = await connect(guest, 7000);
  await stream.write(new TextEncoder().encode('GET /blob HTTP/1.0\r\n\r\n'));
  const received = await readAll(stream);
  stream.end();
  if (received < BYTES) throw new Error(`${received} bytes came`);
  return megabytesASecond(start);
}

/** Each byte goes the whole way twice and counts once. */
async function echo(guest: BenchGuest): Promise<number> {
  const start = performance.now();
  const stream = await connect(guest, 7001);
  const reading = readAll(stream);
  const piece = new Uint8Array(64 * 1024).fill(0x61);
  for (let sent = 0; sent < BYTES; sent += piece.length) await stream.write(piece.subarray(0, BYTES - sent));
  stream.end();
  const received = await reading;
  if (received !== BYTES) throw new Error(`${received} bytes came back`);
  return megabytesASecond(start);
}

async function connect(guest: BenchGuest, port: number): Promise<ByteStream> {
  const { network } = guest.session;
  if (!network) throw new Error('no network');
  return network.connect(port);
}

async function readAll(stream: ByteStream): Promise<number> {
  let received = 0;
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) received += piece.length;
  return received;
}

const megabytesASecond = (start: number): number => BYTES / 1e6 / ((performance.now() - start) / 1000);
