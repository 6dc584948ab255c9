// The guest's disk (drive hda, /var/lib/docker) as v86 asks for it: a sparse array of 4 KiB blocks over the empty file system of
// public/kernel/disk.gz. Only blocks that were ever written are held, and only those go into a state. Blocks may be limited, so that
// a full disk is a disk error in the guest instead of a dead tab.

export const BLOCK_BYTES = 4096;

/** The packed form (guest/rootfs/disk.ts): "DDSK", version, block size, blocks on the disk, blocks stored, their numbers, the blocks. */
export function unpackDisk(packed: Uint8Array): SparseDisk {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const magic = String.fromCharCode(...packed.subarray(0, 4));
  if (magic !== 'DDSK' || view.getUint32(4, true) !== 1 || view.getUint32(8, true) !== BLOCK_BYTES)
    throw new Error('disk image: not a disk of this version');
  const stored = view.getUint32(16, true);
  const disk = new SparseDisk(view.getUint32(12, true));
  for (let i = 0; i < stored; i++) {
    const at = 20 + stored * 4 + i * BLOCK_BYTES;
    disk.base.set(view.getUint32(20 + i * 4, true), packed.subarray(at, at + BLOCK_BYTES));
  }
  return disk;
}

/** State as v86 keeps it: block numbers and blocks, one after the other. */
type DiskState = [byteLength: number, numbers: Uint8Array, blocks: Uint8Array];

export class SparseDisk {
  readonly byteLength: number;
  readonly base = new Map<number, Uint8Array>();
  readonly written = new Map<number, Uint8Array>();
  /** v86 sets these and calls load(). */
  onload: ((event: object) => void) | undefined;
  onprogress: ((event: object) => void) | undefined;
  /** Called with the number of each block written, for a store that keeps the disk across visits. */
  onWrite: ((block: number) => void) | undefined;

  constructor(blocks: number) {
    this.byteLength = blocks * BLOCK_BYTES;
  }

  load(): void {
    this.onload?.({});
  }

  get(start: number, length: number, done: (bytes: Uint8Array) => void): void {
    done(this.read(start, length));
  }

  get_and_cache(start: number, length: number, done: (bytes: Uint8Array) => void): void {
    done(this.read(start, length));
  }

  get_from_cache(start: number, length: number): Uint8Array {
    return this.read(start, length);
  }

  set(start: number, bytes: Uint8Array, done: () => void): void {
    for (let at = 0; at < bytes.byteLength;) {
      const block = Math.floor((start + at) / BLOCK_BYTES);
      const offset = (start + at) % BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - offset, bytes.byteLength - at);
      this.#writable(block).set(bytes.subarray(at, at + length), offset);
      this.onWrite?.(block);
      at += length;
    }
    done();
  }

  read(start: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const block = Math.floor((start + at) / BLOCK_BYTES);
      const offset = (start + at) % BLOCK_BYTES;
      const part = Math.min(BLOCK_BYTES - offset, length - at);
      const stored = this.written.get(block) ?? this.base.get(block);
      if (stored) out.set(stored.subarray(offset, offset + part), at);
      at += part;
    }
    return out;
  }

  get_state(): DiskState {
    const numbers = new Uint32Array([...this.written.keys()].sort((a, b) => a - b));
    const blocks = new Uint8Array(numbers.length * BLOCK_BYTES);
    numbers.forEach((number, i) => blocks.set(this.written.get(number) as Uint8Array, i * BLOCK_BYTES));
    return [this.byteLength, new Uint8Array(numbers.buffer), blocks];
  }

  set_state(state: DiskState): void {
    const numbers = new Uint32Array(state[1].slice().buffer);
    this.written.clear();
    numbers.forEach((number, i) => this.written.set(number, state[2].slice(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES)));
  }

  #writable(block: number): Uint8Array {
    let bytes = this.written.get(block);
    if (!bytes) {
      bytes = new Uint8Array(BLOCK_BYTES);
      const base = this.base.get(block);
      if (base) bytes.set(base);
      this.written.set(block, bytes);
    }
    return bytes;
  }
}
