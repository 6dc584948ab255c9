import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256, sha256Hex } from './sha256.ts';

it('agrees with another implementation at every length around a block', async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) & 255);
    const expected = createHash('sha256').update(bytes).digest('hex');
    expect(Buffer.from(sha256(bytes)).toString('hex'), `${length} bytes`).toBe(expected);
    expect(await sha256Hex(bytes)).toBe(expected);
  }
});
