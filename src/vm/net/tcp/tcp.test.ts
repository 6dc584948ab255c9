import { describe, expect, it } from 'vitest';
import { LEFT, pattern, RIGHT, wirePair, type WireFaults, type WirePair } from '../testing/lossy-wire.ts';
import { seededRandom } from '../testing/virtual-clock.ts';
import type { TcpStream } from './stream.ts';

async function readAll(stream: TcpStream, limit = Infinity): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let bytes = await stream.read(); bytes; bytes = await stream.read()) {
    chunks.push(bytes);
    length += bytes.length;
    if (length >= limit) break;
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

async function writeAll(stream: TcpStream, bytes: Uint8Array, step: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += step) await stream.write(bytes.subarray(at, at + step));
  stream.end();
}

/** Opens a connection from left to right. */
async function connected(pair: WirePair, port = 80): Promise<{ client: TcpStream; server: TcpStream }> {
  let server: TcpStream | undefined;
  const stop = pair.right.listen(RIGHT, port, (incoming) => (server = incoming.accept()));
  let client: TcpStream | undefined;
  void pair.left.connect(LEFT, { address: RIGHT, port }).then((stream) => (client = stream));
  await pair.clock.run(() => client !== undefined && server !== undefined);
  stop();
  if (!client || !server) throw new Error('no connection');
  return { client, server };
}

async function settle<T>(pair: WirePair, promise: Promise<T>): Promise<T> {
  let over = false;
  const mark = (): void => void (over = true);
  promise.then(mark, mark);
  await pair.clock.run(() => over);
  if (!over) throw new Error('nothing left to happen, yet not settled');
  return promise;
}

/** Both ways at once, different lengths and write sizes; all bytes must arrive and both ends must be forgotten. */
async function exchange(seed: number, faults: WireFaults, bytes: number): Promise<WirePair> {
  const pair = wirePair(seed, faults);
  const { client, server } = await connected(pair);
  const random = seededRandom(seed + 1000);
  const step = (): number => 1 + Math.floor(random() * 40_000);
  const up = pattern(bytes, seed);
  const down = pattern(Math.floor(bytes * random()) + 1, seed + 1);
  const result = Promise.all([
    readAll(server),
    readAll(client),
    writeAll(client, up, step()),
    writeAll(server, down, step()),
  ]);
  const [gotUp, gotDown] = await settle(pair, result);
  expect(Buffer.compare(gotUp, up)).toBe(0);
  expect(Buffer.compare(gotDown, down)).toBe(0);
  await pair.clock.run();
  expect(pair.left.connections.map((connection) => connection.state)).toEqual([]);
  expect(pair.right.connections.map((connection) => connection.state)).toEqual([]);
  return pair;
}

describe('a good wire', () => {
  it('carries bytes both ways and forgets the connection', () => exchange(1, {}, 3_000_000));

  it('does not stop and wait: a megabyte takes few round trips', async () => {
    const pair = await exchange(2, { mtu: 9000 }, 4_000_000);
    expect(pair.clock.now()).toBeLessThan(2500);
  });

  it('sends every byte once', async () => {
    const pair = await exchange(3, {}, 1_460_000);
    // 1000 segments up, as many acknowledgements at most, and no more than that for the other way.
    expect(pair.packets).toBeLessThan(4100);
  });
});

describe('a bad wire', () => {
  for (let seed = 1; seed <= 24; seed++) {
    it(`loses, repeats, reorders and damages packets (seed ${seed})`, () =>
      exchange(seed, { loss: 0.05, duplicate: 0.05, corrupt: 0.01, jitterMs: seed % 3 === 0 ? 30 : 4 }, 300_000));
  }

  it('loses a third of all packets', () => exchange(77, { loss: 0.33 }, 60_000));

  // What waiting for the timer costs shows in the (virtual) time: each time 200 ms or more, where a round trip takes 5.
  it.each([
    { loss: 0.05, jitterMs: 0, limitMs: 1500 },
    { loss: 0.05, jitterMs: 4, limitMs: 3000 },
    { loss: 0.1, jitterMs: 4, limitMs: 10_000 },
    { loss: 0, jitterMs: 2, limitMs: 500 },
  ])('makes losses good without waiting for its timer ($loss lost, $jitterMs ms late)', async (wire) => {
    for (let seed = 1; seed <= 8; seed++) {
      const pair = wirePair(seed, wire);
      const { client, server } = await connected(pair);
      const bytes = pattern(1_500_000, seed);
      void writeAll(client, bytes, 65_536);
      expect(Buffer.compare(await settle(pair, readAll(server)), bytes)).toBe(0);
      expect(pair.clock.now()).toBeLessThan(wire.limitMs);
    }
  });

  it('lives with a peer that knows no SACK', async () => {
    for (let seed = 1; seed <= 4; seed++) await exchange(seed, { loss: 0.02, jitterMs: 1, noSack: true }, 300_000);
  });

  it('gives up when nothing comes back', async () => {
    const pair = wirePair(5);
    const { client } = await connected(pair);
    pair.cut = true;
    await client.write(pattern(1000));
    await expect(settle(pair, client.read())).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(pair.left.connections).toHaveLength(0);
  });

  it('gives up connecting to nobody', async () => {
    const pair = wirePair(6);
    pair.cut = true;
    await expect(settle(pair, pair.left.connect(LEFT, { address: RIGHT, port: 1 }))).rejects.toMatchObject({
      code: 'ETIMEDOUT',
    });
  });
});

describe('opening and closing', () => {
  it('is refused at a closed port', async () => {
    const pair = wirePair(7);
    await expect(settle(pair, pair.left.connect(LEFT, { address: RIGHT, port: 81 }))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('is refused by a listener that says so later', async () => {
    const pair = wirePair(8);
    pair.right.listen(RIGHT, 80, (incoming) => pair.clock.setTimer(() => incoming.refuse(), 5000));
    await expect(settle(pair, pair.left.connect(LEFT, { address: RIGHT, port: 80 }))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(pair.right.connections).toHaveLength(0);
  });

  it('takes an abort signal while connecting', async () => {
    const pair = wirePair(9);
    pair.cut = true;
    const controller = new AbortController();
    const connecting = pair.left.connect(LEFT, { address: RIGHT, port: 80 }, controller.signal);
    pair.clock.setTimer(() => controller.abort(), 100);
    await expect(settle(pair, connecting)).rejects.toMatchObject({ code: 'ECONNABORTED' });
  });

  it('half-closes: the other way stays open', async () => {
    const pair = wirePair(10);
    const { client, server } = await connected(pair);
    await client.write(pattern(10));
    client.end();
    expect(await settle(pair, readAll(server))).toHaveLength(10);
    await server.write(pattern(5000));
    server.end();
    expect(await settle(pair, readAll(client))).toHaveLength(5000);
    expect(await settle(pair, client.closed)).toBeUndefined();
    await expect(client.write(pattern(1))).rejects.toMatchObject({ code: 'EPIPE' });
  });

  it('sends RST on abort, and the peer sees it', async () => {
    const pair = wirePair(11);
    const { client, server } = await connected(pair);
    client.abort();
    await expect(settle(pair, server.read())).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(server.write(pattern(1))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await settle(pair, client.closed))?.code).toBe('ECONNABORTED');
  });

  it('keeps many connections apart', async () => {
    const pair = wirePair(12, { jitterMs: 3 });
    pair.right.listen(RIGHT, 80, (incoming) => {
      const stream = incoming.accept();
      void readAll(stream).then((bytes) => writeAll(stream, bytes, 1000));
    });
    const echoes = Array.from({ length: 200 }, async (_, n) => {
      const stream = await pair.left.connect(LEFT, { address: RIGHT, port: 80 });
      void writeAll(stream, pattern(2000 + n, n), 777);
      return Buffer.compare(await readAll(stream), pattern(2000 + n, n));
    });
    expect(new Set(await settle(pair, Promise.all(echoes)))).toEqual(new Set([0]));
  });
});

describe('backpressure', () => {
  it('stops the writer while nobody reads, for hours, and goes on after', async () => {
    const pair = wirePair(13);
    const { client, server } = await connected(pair);
    const bytes = pattern(5_000_000);
    let written = false;
    void writeAll(client, bytes, 65_536).then(() => (written = true));
    await pair.clock.run(() => false, 7_200_000);
    expect(written).toBe(false);
    // Probes with growing pauses, not a stream of them.
    expect(pair.packets).toBeLessThan(3500);
    expect(Buffer.compare(await settle(pair, readAll(server)), bytes)).toBe(0);
  });
});

describe('anything at all', () => {
  it('never throws at random segments', () => {
    const pair = wirePair(14);
    const random = seededRandom(99);
    pair.left.listen(LEFT, 'any', (incoming) => incoming.accept());
    for (let round = 0; round < 20_000; round++) {
      const packet = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256));
      pair.left.receive(RIGHT, LEFT, packet);
    }
  });
});
