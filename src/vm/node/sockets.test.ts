import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { ByteStream } from '../byte-stream.ts';
import { byteStreamOf, dialLoopback } from './sockets.ts';

async function serve(answer: (stream: ByteStream) => Promise<void>): Promise<{ port: number; close(): void }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(byteStreamOf(socket)).catch(() => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

async function countAll(stream: ByteStream): Promise<number> {
  let length = 0;
  for (let bytes = await stream.read(); bytes; bytes = await stream.read()) length += bytes.length;
  return length;
}

it('half-closes: an answer may come after the end of the request', async () => {
  const server = await serve(async (stream) => {
    const length = await countAll(stream);
    await stream.write(new TextEncoder().encode(`${length} bytes`));
    stream.end();
  });
  const client = await dialLoopback(server.port);
  await client.write(new Uint8Array(3_000_000));
  client.end();
  expect(new TextDecoder().decode((await client.read()) ?? undefined)).toBe('3000000 bytes');
  expect(await client.read()).toBeNull();
  expect(await client.closed).toBeUndefined();
  server.close();
});

it('tells the writer and the reader of a broken connection', async () => {
  const server = await serve(async (stream) => {
    await stream.read();
    stream.abort();
  });
  const client = await dialLoopback(server.port);
  await client.write(new Uint8Array(1));
  await client.closed;
  await expect(client.write(new Uint8Array(1))).rejects.toThrow();
  server.close();
});

it('refuses where nobody listens', async () => {
  await expect(dialLoopback(1)).rejects.toThrow(/ECONNREFUSED/);
});
