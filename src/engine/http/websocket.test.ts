import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import { sha1 } from './sha1.ts';
import { acceptKey, WebSocketConnection } from './websocket.ts';

beforeAll(() => void installDouble());

const text = (bytes: Uint8Array | null): string | null => bytes && new TextDecoder().decode(bytes);
const bytes = (from: string): Uint8Array => new TextEncoder().encode(from);

/** A connection that gives these bytes in pieces of a size, and remembers what was written to it. */
function connection(input: Uint8Array, piece: number) {
  const written: number[][] = [];
  let at = 0;
  let closed = false;
  return {
    written,
    isClosed: () => closed,
    read: () => Promise.resolve(at >= input.length ? null : input.subarray(at, (at += piece))),
    write: (sent: Uint8Array) => Promise.resolve(void written.push([...sent])),
    end: () => Promise.resolve(),
    close: () => void (closed = true),
  };
}

/** A frame as a client sends it. */
function masked(opcode: number, payload: Uint8Array): Uint8Array {
  const mask = [1, 2, 3, 4];
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 255];
  return Uint8Array.from([0x80 | opcode, ...size, ...mask, ...payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

describe('sha1', () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 1000])('is right for %i bytes', (length) => {
    const message = Uint8Array.from({ length }, (_, i) => i * 7);
    expect(Buffer.from(sha1(message)).toString('hex')).toBe(createHash('sha1').update(message).digest('hex'));
  });
});

describe('a WebSocket', () => {
  it('accepts a key as RFC 6455 does', () => {
    expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it.each([1, 3, 1000])('reads messages that come in pieces of %i bytes, and answers a ping', async (piece) => {
    const long = 'x'.repeat(300);
    const input = [
      masked(2, bytes('one')),
      masked(9, bytes('?')),
      masked(1, bytes(long)),
      masked(8, bytes('\x03\xe8')),
    ];
    const wire = connection(Uint8Array.from(input.flatMap((part) => [...part])), piece);
    const socket = new WebSocketConnection(wire);
    expect(text(await socket.read())).toBe('one');
    expect(text(await socket.read())).toBe(long);
    expect(await socket.read()).toBeNull();
    expect(wire.written).toEqual([
      [0x8a, 1, 63],
      [0x88, 2, 0x03, 0xe8],
    ]);
  });

  it('writes binary messages of any length, and says good-bye once', async () => {
    const wire = connection(new Uint8Array(), 1);
    const socket = new WebSocketConnection(wire);
    await socket.write(bytes('hi'));
    await socket.write(new Uint8Array(200));
    await socket.write(new Uint8Array(70_000));
    expect(wire.written.map((sent) => sent.slice(0, 4))).toEqual([
      [0x82, 2, 104, 105],
      [0x82, 126, 0, 200],
      [0x82, 127, 0, 0],
    ]);
    expect(wire.written[2]?.slice(4, 10)).toEqual([0, 0, 0, 1, 0x11, 0x70]);
    socket.close();
    await expect.poll(wire.isClosed).toBe(true);
    await socket.write(bytes('late'));
    expect(wire.written).toHaveLength(4);
  });

  it.each([
    ['a frame without a mask', [0x82, 1, 65], 1002],
    ['a frame too long', [0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 1, 2, 3, 4], 1009],
  ])('ends at %s', async (_what, input, status) => {
    const wire = connection(Uint8Array.from(input), 100);
    expect(await new WebSocketConnection(wire).read()).toBeNull();
    expect(wire.written).toEqual([[0x88, 2, status >> 8, status & 255]]);
  });

  it('ends where the connection is cut', async () => {
    expect(await new WebSocketConnection(connection(Uint8Array.of(0x82, 0x85, 1), 1)).read()).toBeNull();
  });
});
