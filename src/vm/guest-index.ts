// guest/index.json: what the machine is made of, by file and hash. Written by scripts/build-guest.ts, read by load.ts.

export interface GuestFile {
  /** From the page's base address. */
  readonly path: string;
  /** As it lies there, perhaps compressed (gzip, known by its first bytes). */
  readonly bytes: number;
  readonly sha256: string;
}

export interface GuestIndex {
  readonly format: 1;
  /** Hash of everything a state depends on. */
  readonly id: string;
  readonly memoryMb: number;
  readonly cmdline: string;
  readonly kernelVersion: string;
  readonly files: Readonly<Record<'wasm' | 'bios' | 'vgaBios' | 'kernel' | 'initrd' | 'disk' | 'offsets', GuestFile>>;
  /**
   * A saved machine, the events that led to it (JSON lines), and its tracefs's format files (JSON array of texts). It fits if its id is the
   * index's.
   */
  readonly snapshot?: {
    readonly id: string;
    readonly state: GuestFile;
    readonly history: GuestFile;
    readonly formats: GuestFile;
  };
}
