// Memory as the program that runs at this moment may use it, through the guest's own page tables: what it may not read or write is not
// there for a device that works with the program's addresses either. Intel SDM volume 3, 4.3 (32-bit paging).
import type { Cpu } from './v86.ts';

export const PAGE_BYTES = 4096;

/** Bits of control registers and of entries of page tables: 2.5 and 4.3. */
const CR0_PG = 1 << 31;
const CR4_PAE = 1 << 5;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const LARGE = 1 << 7;
const DIRTY = 1 << 6;

export class ProgramMemory {
  readonly #cpu: Pick<Cpu, 'mem8' | 'cr' | 'write_blob'>;

  constructor(cpu: Pick<Cpu, 'mem8' | 'cr' | 'write_blob'>) {
    this.#cpu = cpu;
  }

  /** Copies `bytes` from `address` to `into` at `at`; how many of them the program could read, from the first on. */
  read(address: number, bytes: number, into: Uint8Array, at = 0): number {
    return this.#pages(address, bytes, 0, (from, length, done) =>
      into.set(this.#cpu.mem8.subarray(from, from + length), at + done),
    );
  }

  /** How many of the bytes from `address` on the program could write and has written before: pages that the kernel knows to be dirty. */
  writable(address: number, bytes: number): number {
    return this.#pages(address, bytes, WRITABLE | DIRTY, () => undefined);
  }

  /** Copies to where `writable` said that it can; how many bytes that were. */
  write(address: number, bytes: Uint8Array): number {
    return this.#pages(address, bytes.length, WRITABLE | DIRTY, (to, length, done) =>
      this.#cpu.write_blob(bytes.subarray(done, done + length), to),
    );
  }

  #pages(
    address: number,
    bytes: number,
    access: number,
    each: (physical: number, length: number, done: number) => void,
  ): number {
    let done = 0;
    while (done < bytes && address + done < 2 ** 32) {
      const from = this.#physical(address + done, access);
      if (from === undefined) break;
      const length = Math.min(bytes - done, PAGE_BYTES - (from & (PAGE_BYTES - 1)));
      each(from, length, done);
      done += length;
    }
    return done;
  }

  /** Undefined if a user's access would be a page fault, and for what is not memory. */
  #physical(address: number, access: number): number | undefined {
    const { cr } = this.#cpu;
    if (((cr[0] as number) & CR0_PG) === 0 || ((cr[4] as number) & CR4_PAE) !== 0) return undefined;
    const need = PRESENT | USER | (access & WRITABLE);
    const directory = this.#word((cr[3] as number) & ~0xfff, address >>> 22);
    if (directory === undefined || (directory & need) !== need) return undefined;
    const large = (directory & LARGE) !== 0;
    const entry = large ? directory : this.#word(directory & ~0xfff, (address >>> 12) & 0x3ff);
    const wanted = PRESENT | USER | access;
    if (entry === undefined || (entry & wanted) !== wanted) return undefined;
    const offset = large ? 0x3fffff : 0xfff;
    return this.#memory(((entry & ~offset) | (address & offset)) >>> 0);
  }

  #word(table: number, index: number): number | undefined {
    const at = this.#memory((table >>> 0) + index * 4);
    if (at === undefined) return undefined;
    const { mem8 } = this.#cpu;
    return (
      (mem8[at] as number) |
      ((mem8[at + 1] as number) << 8) |
      ((mem8[at + 2] as number) << 16) |
      ((mem8[at + 3] as number) << 24)
    );
  }

  /** Undefined for what is beyond the memory's end, or in its hole for the display adapter and the BIOS below 1 MiB. */
  #memory(address: number): number | undefined {
    const hole = address >= 0xa0000 && address < 0x100000;
    return hole || (address | (PAGE_BYTES - 1)) >>> 0 >= this.#cpu.mem8.length ? undefined : address;
  }
}
