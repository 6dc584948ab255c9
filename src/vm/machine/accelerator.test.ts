import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { Accelerator, MAGIC, REGION } from './accelerator.ts';
import { STATE_BYTES, STATUS } from '../inflate.ts';
import type { Cpu, PciDevice } from './v86.ts';

const MEMORY_BYTES = 4 << 20;
const DIRECTORY = 0x1000;
const TABLE = 0x2000;
/** Present, writable, user, dirty. */
const OURS = 0x47;
const INITIAL = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const REQUEST = 0x0800_0040;
const DATA = 0x0801_0000;

let accelerator: Accelerator;
let device: PciDevice;
let read8: (address: number) => number;
let read32: (address: number) => number;
let write32: (address: number, value: number) => void;
let cpu: Cpu;
let memory: DataView;

/** Page tables by hand: the pages at 0x08000000 lie backwards in memory, so that what follows each other for a program does not. */
const frame = (page: number): number => 0x200000 - page * 4096;
const entry = (page: number): number => TABLE + page * 4;

beforeEach(() => {
  const mem8 = new Uint8Array(MEMORY_BYTES);
  memory = new DataView(mem8.buffer);
  cpu = {
    mem8,
    cr: Int32Array.of(1 << 31, 0, 0, DIRECTORY, 1 << 4),
    write_blob: (bytes: Uint8Array, address: number) => mem8.set(bytes, address),
    io: {
      mmap_register: (...given: [number, number, typeof read8, unknown, typeof read32, typeof write32]) => {
        [, , read8, , read32, write32] = given;
      },
    },
    devices: { pci: { register_device: (given: PciDevice) => void (device = given) } },
  } as unknown as Cpu;
  accelerator = new Accelerator(cpu);
  memory.setUint32(DIRECTORY + (REQUEST >>> 22) * 4, TABLE | OURS, true);
  for (let page = 0; page < 128; page++) memory.setUint32(entry(page), frame(page) | OURS, true);
});

const physical = (address: number): number => frame((address >>> 12) & 0x3ff) + (address & 0xfff);

function put(address: number, bytes: Uint8Array): void {
  bytes.forEach((byte, i) => memory.setUint8(physical(address + i), byte));
}

function ask(data: number, blocks: number, at = REQUEST): number {
  const words = [data, blocks, 0, 0, ...INITIAL];
  words.forEach((word, i) => memory.setUint32(physical(at) + i * 4, word, true));
  write32(REGION + 4, at | 0);
  return memory.getUint32(physical(at) + 8, true);
}

const state = (): string =>
  INITIAL.map((_, i) =>
    memory
      .getUint32(physical(REQUEST) + 16 + i * 4, true)
      .toString(16)
      .padStart(8, '0'),
  ).join('');

const untouched = INITIAL.map((word) => word.toString(16).padStart(8, '0')).join('');

/** A message and the padding of FIPS 180-4, 5.1.1: whole blocks, whose state is the digest. */
function padded(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  out.set(message);
  out[message.length] = 0x80;
  new DataView(out.buffer).setUint32(out.length - 4, message.length * 8);
  return out;
}

describe('the accelerator', () => {
  it('is a PCI device with one region of memory, and says what it is', () => {
    expect(new Uint8Array(device.pci_space).subarray(0, 4)).toEqual(Uint8Array.of(0x34, 0x12, 0x61, 0x64));
    expect(device.pci_bars).toEqual([{ size: 4096 }]);
    expect(read32(REGION | 0)).toBe(MAGIC);
    expect([0, 1, 2, 3].map((i) => String.fromCharCode(read8(REGION + i))).join('')).toBe('DDAC');
    expect(read32(REGION + 8)).toBe(0);
  });

  it('hashes as another implementation does, wherever the data lies in its pages', () => {
    for (const length of [0, 1, 55, 56, 119, 4096, 10_000, 100_000])
      for (const offset of [0, 1, 63, 4095]) {
        const message = Uint8Array.from({ length }, (_, i) => (i * 31 + offset) & 255);
        const blocks = padded(message);
        put(DATA + offset, blocks);
        expect(ask(DATA + offset, blocks.length / 64)).toBe(blocks.length / 64);
        expect(state(), `${length} bytes at ${offset}`).toBe(createHash('sha256').update(message).digest('hex'));
      }
  });

  it('does as much as the program could read itself, and says how much', () => {
    memory.setUint32(entry(0x12), frame(0x12) & ~1, true);
    expect(ask(DATA + 32, 1000)).toBe((2 * 4096 - 64) / 64);
    memory.setUint32(entry(0x12), frame(0x12) | 0x43, true);
    expect(ask(DATA + 32, 1000), 'a page of the kernel').toBe((2 * 4096 - 64) / 64);
    expect(ask(0xc000_0000, 1)).toBe(0);
    expect(state()).toBe(untouched);
  });

  it('never reads or writes beside the memory', () => {
    for (const outside of [0xa0000, 0xff000, MEMORY_BYTES, 0xfeb40000, 0xfffff000]) {
      memory.setUint32(entry(0x10), outside | OURS, true);
      expect(ask(DATA, 1), outside.toString(16)).toBe(0);
      memory.setUint32(DIRECTORY + 4 * 5, outside | OURS, true);
      expect(ask(5 << 22, 1), `a table at ${outside.toString(16)}`).toBe(0);
    }
    cpu.cr[3] = 0xfffff000 | 0;
    expect(() => write32(REGION + 4, REQUEST)).not.toThrow();
  });

  it('follows large pages, to their end', () => {
    memory.setUint32(DIRECTORY + 4 * 6, 0xc7, true);
    cpu.mem8.fill(7, MEMORY_BYTES - 128);
    expect(ask((6 << 22) + MEMORY_BYTES - 128, 4)).toBe(2);
  });

  it('leaves a request alone that it cannot answer', () => {
    const before = cpu.mem8.slice();
    const addresses = [0, 0xffff_ffff, 0xdead_0000, REQUEST + 1, (REQUEST & ~0xfff) + 4096 - 44];
    for (const address of addresses) write32(REGION + 4, address | 0);
    for (const other of [0, 12, 4092]) write32(REGION + other, REQUEST);
    expect(Buffer.compare(cpu.mem8, before)).toBe(0);
    for (const bits of [0x45, 0x43, 0x07, 0x46]) {
      memory.setUint32(entry(0), frame(0) | bits, true);
      expect(ask(DATA, 1), `page bits ${bits.toString(16)}`).toBe(0);
    }
    memory.setUint32(entry(0), frame(0) | OURS, true);
    for (const [register, value] of [
      [0, 0],
      [4, 1 << 5],
    ] as const) {
      const kept = cpu.cr[register] as number;
      cpu.cr[register] = value;
      expect(ask(DATA, 1), `control register ${register}`).toBe(0);
      cpu.cr[register] = kept;
    }
    expect(ask(DATA, 1)).toBe(1);
    expect(accelerator.done.hashedBytes).toBe(64);
  });

  it('takes a bounded number of blocks at a time', () => {
    for (let page = 0; page < 1024; page++) memory.setUint32(entry(page), 0x300000 | OURS, true);
    const at = 0x0800_0000;
    [0x0810_0000, 0xffff_ffff, 0, 0, ...INITIAL].forEach((word, i) => memory.setUint32(0x300000 + i * 4, word, true));
    write32(REGION + 4, at);
    expect(memory.getUint32(0x300008, true)).toBe(4096);
  });

  const INFLATE = REQUEST + 0x400;
  const OUTPUT = 0x0804_0000;

  /** An inflate request with this state: what it answers. */
  function askInflate(words: readonly number[], state = new Uint8Array(STATE_BYTES)): number[] {
    [...words, 0, 0, -1].forEach((word, i) => memory.setUint32(physical(INFLATE) + i * 4, word, true));
    put(INFLATE + 32, state);
    write32(REGION + 8, INFLATE);
    for (let i = 0; i < STATE_BYTES; i++) state[i] = memory.getUint8(physical(INFLATE) + 32 + i);
    return [5, 6, 7].map((i) => memory.getInt32(physical(INFLATE) + i * 4, true));
  }

  const get = (address: number, length: number): string =>
    Array.from({ length }, (_, i) => String.fromCharCode(memory.getUint8(physical(address + i)))).join('');

  it('inflates, going on where it was', () => {
    const text = 'a line, and a line again; '.repeat(2000);
    const stream = deflateRawSync(text);
    put(DATA + 1, stream);
    const state = new Uint8Array(STATE_BYTES);
    const [consumed, produced, status] = askInflate([DATA + 1, 20, OUTPUT, 1000, 0], state) as [number, number, number];
    expect([consumed <= 20, produced <= 1000, status]).toEqual([true, true, STATUS.more]);
    const rest = askInflate(
      [DATA + 1 + consumed, stream.length - consumed, OUTPUT + produced, 100_000, produced],
      state,
    );
    expect(rest).toEqual([stream.length - consumed, text.length - produced, STATUS.end]);
    expect(get(OUTPUT, text.length)).toBe(text);
    expect(accelerator.done.inflatedBytes).toBe(text.length);
  });

  it('inflates only into room that the program may write, and only from what it may read', () => {
    put(DATA, deflateRawSync('x'.repeat(10_000)));
    memory.setUint32(entry(0x41), frame(0x41) | 0x45, true);
    expect(askInflate([DATA, 100, OUTPUT, 10_000, 0])[1]).toBeLessThanOrEqual(4096);
    expect(memory.getUint8(frame(0x41))).toBe(0);
    expect(askInflate([DATA, 100, OUTPUT + 4096, 10_000, 0])[1]).toBe(0);
    expect(askInflate([0xc000_0000, 100, OUTPUT, 10_000, 0])).toEqual([0, 0, STATUS.more]);
    for (const [output, history] of [
      [OUTPUT, 32769],
      [100, 101],
      [0x0800_0000, 10],
    ] as const)
      expect(askInflate([DATA, 100, output, 1000, history])).toEqual([0, 0, -1]);
    expect(askInflate([DATA, 0xffff_ffff, OUTPUT, 0xffff_ffff, 0], new Uint8Array(STATE_BYTES).fill(255))[2]).toBe(
      STATUS.broken,
    );
  });
});
