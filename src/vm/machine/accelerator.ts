// The machine's accelerator, a PCI device that does two things of a program's at the speed of this computer: blocks of SHA-256, and
// inflating. A program maps the device's region (resource0 in sysfs), puts a request into its own memory, and stores the request's address
// in the region; the store ends when the work is done. Addresses are those of the program, as with Intel's DSA and IAA (shared virtual
// memory): what it may not read or write, the device does not touch for it. The device keeps nothing between two requests: running states
// are in the requests, so it has none to save. The other side: guest/native/accelerator.c
//
//   region      0  magic (read)             4  address of a hash request (write)     8  address of an inflate request (write)
//   hashing     0  data         4  blocks of 64 bytes      8  blocks done (answer)  16  the state, eight words
//   inflating   0  input        4  bytes of it             8  where the output goes 12  room there  16  bytes before it that were output before
//              20  consumed    24  produced               28  status (answers)      32  the state (src/vm/inflate.ts)
import { inflate, PADDING, STATE_BYTES } from '../inflate.ts';
import { compress } from '../sha256.ts';
import { PAGE_BYTES, ProgramMemory } from './program-memory.ts';
import type { Cpu } from './v86.ts';

/** First word of the region: "DDAC". */
export const MAGIC = 0x43414444;
/** Where BIOS and kernel find the region and leave it. */
export const REGION = 0xfeb40000;
const REGION_BYTES = 4096;
/** v86 hands out physical addresses in units of this. */
const UNIT_BYTES = 1 << 17;

const SLOT = 15;
/** Not a vendor's: 1234 is what emulators without a number of their own use, 6461 is "da". Class 12 00: processing accelerator. */
const CONFIGURATION = [0x34, 0x12, 0x61, 0x64, 2, 0, 0, 0, 1, 0, 0x00, 0x12, 0, 0, 0, 0];

const BLOCK_BYTES = 64;
const HISTORY_BYTES = 32768;
/** So much at most in one request, so that a slice of the guest's time does not get long. */
const MOST_BYTES = 1 << 18;

const HASH_BYTES = 48;
const INFLATE_BYTES = 32 + STATE_BYTES;

export class Accelerator {
  /** Done so far, for tests and figures. */
  readonly done = { hashedBytes: 0, inflatedBytes: 0 };
  readonly #memory: ProgramMemory;
  readonly #in = new Uint8Array(MOST_BYTES + PADDING);
  readonly #inView = new DataView(this.#in.buffer);
  readonly #out = new Uint8Array(HISTORY_BYTES + MOST_BYTES);

  constructor(cpu: Cpu) {
    this.#memory = new ProgramMemory(cpu);
    const configuration = [...CONFIGURATION, ...new Uint8Array(Uint32Array.of(REGION).buffer)];
    while (configuration.length < 64) configuration.push(0);
    const pci = { name: 'accelerator', pci_id: SLOT * 8, pci_space: configuration, pci_bars: [{ size: REGION_BYTES }] };
    cpu.devices.pci.register_device(pci);
    const read32 = (address: number): number => (address >>> 0 === REGION ? MAGIC : 0);
    const write32 = (address: number, value: number): void => {
      if (address >>> 0 === REGION + 4) this.#request(value >>> 0, HASH_BYTES, this.#hash);
      if (address >>> 0 === REGION + 8) this.#request(value >>> 0, INFLATE_BYTES, this.#inflate);
    };
    cpu.io.mmap_register(
      REGION,
      UNIT_BYTES,
      (address) => (read32((address & ~3) >>> 0) >>> ((address & 3) * 8)) & 0xff,
      () => undefined,
      read32,
      write32,
    );
  }

  /** A request must lie in one page that the program may write; else it is left as it is. */
  #request(address: number, bytes: number, answer: (words: Int32Array) => void): void {
    if ((address & 3) !== 0 || (address & (PAGE_BYTES - 1)) > PAGE_BYTES - bytes) return;
    if (this.#memory.writable(address, bytes) < bytes) return;
    const request = new Uint8Array(bytes);
    this.#memory.read(address, bytes, request);
    answer(new Int32Array(request.buffer));
    this.#memory.write(address, request);
  }

  /** Of data that cannot all be read, the blocks before that place are done. */
  readonly #hash = (words: Int32Array): void => {
    const wanted = Math.min(at(words, 1), MOST_BYTES / BLOCK_BYTES);
    const blocks = Math.floor(this.#memory.read(at(words, 0), wanted * BLOCK_BYTES, this.#in) / BLOCK_BYTES);
    compress(words.subarray(4), this.#inView, 0, blocks);
    words[2] = blocks;
    this.done.hashedBytes += blocks * BLOCK_BYTES;
  };

  /** Of input and room, as much is used as the program could read and write. */
  readonly #inflate = (words: Int32Array): void => {
    const [input, output, history] = [at(words, 0), at(words, 2), at(words, 4)];
    if (history > HISTORY_BYTES || history > output) return;
    if (this.#memory.read(output - history, history, this.#out) < history) return;
    const length = this.#memory.read(input, Math.min(at(words, 1), MOST_BYTES), this.#in);
    this.#in.fill(0, length, length + PADDING);
    const room = this.#memory.writable(output, Math.min(at(words, 3), MOST_BYTES));
    const state = new Uint8Array(words.buffer, 32);
    const step = inflate(state, this.#inView, length, this.#out, 0, history, history + room);
    this.#memory.write(output, this.#out.subarray(history, history + step.produced));
    words.set([step.consumed, step.produced, step.status], 5);
    this.done.inflatedBytes += step.produced;
  };
}

const at = (words: Int32Array, index: number): number => (words[index] as number) >>> 0;
