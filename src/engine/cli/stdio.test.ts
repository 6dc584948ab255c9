import { describe, expect, it } from 'vitest';
import { copyMultiplexed, DetachKeys } from './stdio.ts';

const collect = (): { text: string; write(bytes: Uint8Array): Promise<void>; end(): Promise<void> } => ({
  text: '',
  write(bytes) {
    this.text += new TextDecoder().decode(bytes);
    return Promise.resolve();
  },
  end: () => Promise.resolve(),
});

describe('copyMultiplexed', () => {
  it('splits streams however the pieces fall', async () => {
    const frames = [
      [1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99],
      [2, 0, 0, 0, 0, 0, 0, 2, 100, 101],
      [1, 0, 0, 0, 0, 0, 0, 0],
      [1, 0, 0, 0, 0, 0, 0, 1, 102],
    ].flat();
    for (const size of [1, 2, 5, 64]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < frames.length; at += size) pieces.push(Uint8Array.from(frames.slice(at, at + size)));
      const [out, err] = [collect(), collect()];
      await copyMultiplexed({ read: () => Promise.resolve(pieces.shift() ?? null) }, out, err);
      expect([out.text, err.text]).toEqual(['abcf', 'de']);
    }
  });
});

describe('DetachKeys', () => {
  it('finds ctrl-p ctrl-q across reads and lets everything else through', () => {
    const keys = new DetachKeys('');
    expect(keys.filter(Uint8Array.of(97, 16))).toEqual({ pass: Uint8Array.of(97), detached: false });
    expect(keys.filter(Uint8Array.of(98))).toEqual({ pass: Uint8Array.of(16, 98), detached: false });
    expect(keys.filter(Uint8Array.of(16, 16))).toEqual({ pass: Uint8Array.of(16), detached: false });
    expect(keys.filter(Uint8Array.of(17, 99)).detached).toBe(true);
  });
  it('takes other keys', () => expect(new DetachKeys('a,b').filter(Uint8Array.of(97, 98)).detached).toBe(true));
});
