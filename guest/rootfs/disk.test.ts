// The format that the VM's drive reads: see disk.ts.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

it('holds an ext4 superblock for a disk of 2 GB in a few blocks', () => {
  const packed = gunzipSync(readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../public/kernel/disk.gz')));
  expect(packed.toString('latin1', 0, 4)).toBe('DDSK');
  const [version, blockSize, blocks, stored = 0] = [4, 8, 12, 16].map((at) => packed.readUInt32LE(at));
  expect([version, blockSize, blocks]).toEqual([1, 4096, 524288]);
  expect(stored).toBeLessThan(64);
  const numbers = Array.from({ length: stored }, (_, index) => packed.readUInt32LE(20 + 4 * index));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(packed.length).toBe(20 + stored * (4 + 4096));
  // Block 0 has the superblock at byte 1024: number of blocks at 4, magic at 56 (linux/Documentation/filesystems/ext4).
  const superblock = 20 + 4 * stored + 1024;
  expect(packed.readUInt32LE(superblock + 4)).toBe(524288);
  expect(packed.readUInt16LE(superblock + 56)).toBe(0xef53);
});
