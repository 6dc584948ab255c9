import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, SparseDisk, unpackDisk } from './disk.ts';

const write = (disk: SparseDisk, at: number, bytes: Uint8Array): void => disk.set(at, bytes, () => undefined);

describe('the sparse disk', () => {
  it('reads zeros where nothing was written, and what was written across blocks', () => {
    const disk = new SparseDisk(16);
    const bytes = Uint8Array.from({ length: 6000 }, (_, i) => i & 255);
    write(disk, 3000, bytes);
    expect(disk.read(3000, 6000)).toEqual(bytes);
    expect(disk.read(0, 3000)).toEqual(new Uint8Array(3000));
    expect([...disk.written.keys()]).toEqual([0, 1, 2]);
  });

  it('keeps the base of a block of which a part is written', () => {
    const disk = new SparseDisk(4);
    disk.base.set(1, new Uint8Array(BLOCK_BYTES).fill(7));
    write(disk, BLOCK_BYTES + 10, Uint8Array.of(9));
    expect([...disk.read(BLOCK_BYTES + 9, 3)]).toEqual([7, 9, 7]);
    expect(disk.base.get(1)?.[10]).toBe(7);
  });

  it('saves only written blocks, and restores them in the place of others', () => {
    const disk = new SparseDisk(1000);
    write(disk, 5 * BLOCK_BYTES, new Uint8Array(512).fill(1));
    const state = disk.get_state();
    expect(state[2].byteLength).toBe(BLOCK_BYTES);
    const other = new SparseDisk(1000);
    write(other, 0, Uint8Array.of(3));
    other.set_state(structuredClone(state));
    expect(other.read(0, 1)[0]).toBe(0);
    expect(other.read(5 * BLOCK_BYTES, 513)).toEqual(disk.read(5 * BLOCK_BYTES, 513));
  });

  it('refuses what is no packed disk', () => {
    expect(() => unpackDisk(new Uint8Array(100))).toThrow('not a disk');
  });
});
