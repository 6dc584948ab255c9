import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate, PADDING, STATE_BYTES, STATUS } from './inflate.ts';

const HISTORY = 32768;

/** As the guest does it: pieces of input, room for so much at a time, the last 32 KiB in front of the room. */
function inflated(
  stream: Uint8Array,
  pieceBytes: number,
  roomBytes: number,
): { bytes: Buffer; status: number; rest: number } {
  const state = new Uint8Array(STATE_BYTES);
  const output = new Uint8Array(HISTORY + roomBytes);
  const parts: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  let given = 0;
  for (;;) {
    const input = new Uint8Array(given - at + PADDING);
    input.set(stream.subarray(at, given));
    const first = HISTORY - Math.min(HISTORY, total);
    const step = inflate(state, new DataView(input.buffer), given - at, output, first, HISTORY, output.length);
    parts.push(output.slice(HISTORY, HISTORY + step.produced));
    output.copyWithin(0, step.produced, step.produced + HISTORY);
    total += step.produced;
    at += step.consumed;
    if (step.status !== STATUS.more || (given === stream.length && step.consumed + step.produced === 0))
      return { bytes: Buffer.concat(parts), status: step.status, rest: stream.length - at };
    if (roomBytes - step.produced >= 258) given = Math.min(given + pieceBytes, stream.length);
  }
}

/** Repetitions near and far, runs, and noise. */
const mixed = (() => {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < 60; i++) {
    const noise = randomBytes(i * 40);
    parts.push(Buffer.from(`line ${i} of a text, `.repeat(i)), noise, Buffer.alloc(i * 30, i), parts[i] ?? noise);
  }
  return Buffer.concat(parts);
})();

describe('inflate', () => {
  const kinds: [string, Parameters<typeof deflateRawSync>[1]][] = [
    ['dynamic', { level: 9 }],
    ['quick', { level: 1 }],
    ['fixed', { strategy: constants.Z_FIXED }],
    ['stored', { level: 0 }],
    ['literals only', { strategy: constants.Z_HUFFMAN_ONLY }],
    ['small blocks', { memLevel: 1 }],
  ];
  for (const [name, options] of kinds)
    it(`gives back what was deflated, in pieces of any size: ${name}`, () => {
      const stream = Buffer.concat([deflateRawSync(mixed, options), Buffer.from('trailer')]);
      for (const [piece, room] of [
        [1 << 20, 1 << 20],
        [4096, 65536],
        [777, 300],
      ] as const) {
        const result = inflated(stream, piece, room);
        expect(result.status).toBe(STATUS.end);
        expect(Buffer.compare(result.bytes, mixed), `${piece} and ${room}`).toBe(0);
        if (piece === 1 << 20) expect(result.rest).toBe('trailer'.length);
      }
      const start = mixed.subarray(0, 9000);
      expect(Buffer.compare(inflated(deflateRawSync(start, options), 1, 1000).bytes, start)).toBe(0);
    });

  it('knows the empty stream and one byte', () => {
    for (const text of ['', 'x']) expect(inflated(deflateRawSync(text), 1, 300).bytes.toString()).toBe(text);
  });

  it('waits for more where a stream is cut off', () => {
    const stream = deflateRawSync(mixed.subarray(0, 20_000));
    for (let cut = 0; cut < stream.length; cut += 97)
      expect(inflated(stream.subarray(0, cut), 1 << 20, 1 << 16).status).toBe(STATUS.more);
  });

  it('ends on any bytes, in any state', () => {
    const good = deflateRawSync(mixed.subarray(0, 5000));
    for (let i = 0; i < 2000; i++) {
      const stream = i % 2 ? randomBytes(200) : Buffer.from(good);
      if (i % 2 === 0) stream[i % stream.length] = randomBytes(1)[0] as number;
      inflated(stream, 1 << 16, 1 << 16);
      const state = new Uint8Array(randomBytes(STATE_BYTES));
      const input = new DataView(new Uint8Array(randomBytes(64 + PADDING)).buffer);
      const output = new Uint8Array(2000);
      const step = inflate(state, input, 64, output, 0, 500, 2000);
      expect(step.consumed).toBeLessThanOrEqual(65);
      expect(step.produced).toBeLessThanOrEqual(1500);
    }
  });

  it('says broken to what is no stream', () => {
    for (const bytes of [[7], [1, 5, 0, 5, 0], [0x03 | 4, 0xff, 0xff, 0xff], [0x63, 0x00, 0xc2, 0xff]])
      expect(inflated(Uint8Array.from([...bytes, ...Array<number>(40).fill(0xff)]), 100, 1000).status).toBe(
        STATUS.broken,
      );
  });
});
