import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { concat } from './bytes.ts';
import { installDouble } from './double.ts';
import { isMistakenTar, StoredGzip } from './stored-gzip.ts';

beforeEach(() => void installDouble());

it('frames bytes as gzip without changing them, in blocks of at most 65535', () => {
  const frame = new StoredGzip();
  const [first, second] = [new Uint8Array(150_000).fill(66), Uint8Array.of(1, 2, 3)];
  const whole = concat([frame.push(first), frame.push(second), frame.end()]);
  expect(whole[0]).toBe(0x1f);
  expect(Buffer.compare(gunzipSync(whole), Buffer.from(concat([first, second])))).toBe(0);
});

it('is for tars whose first name looks like a compression', () => {
  const tar = (name: string): Uint8Array => {
    const header = new Uint8Array(512);
    header.set(new TextEncoder().encode(name));
    header.set(new TextEncoder().encode('ustar'), 257);
    return header;
  };
  expect([tar('Build/'), tar('build/'), new Uint8Array(512).fill(0x42)].map(isMistakenTar)).toEqual([
    true,
    false,
    false,
  ]);
});
