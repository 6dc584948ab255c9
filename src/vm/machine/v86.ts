// The emulator as this project uses it: the parts of v86 behind its public types that the machine needs (device objects, the bus),
// named once here. https://github.com/copy/v86 (BSD-2-Clause); the package is used as it is published.
import { V86 as Emulator } from 'v86';
import { Accelerator } from './accelerator.ts';
import type { SparseDisk } from './disk.ts';

/** One ring of a virtio device; has_request: the guest has a buffer queued for us. */
export interface VirtQueue {
  has_request(): boolean;
  is_configured(): number;
}

interface VirtioConsole {
  virtio: { queues: VirtQueue[] };
  SendEvent(port: number, event: number, value: number): void;
}

/** A device on the PCI bus: its number (slot * 8), its configuration space, and the sizes of its regions. */
export interface PciDevice {
  readonly name: string;
  readonly pci_id: number;
  readonly pci_space: readonly number[];
  readonly pci_bars: readonly { readonly size: number }[];
}

export interface Cpu {
  /** The guest's memory by physical address. */
  readonly mem8: Uint8Array;
  /** Control registers: 0 with the paging bit, 3 the page directory's physical address, 4 with page size and PAE bits. */
  readonly cr: Int32Array;
  /** Makes a range of physical addresses all zeros. */
  zero_memory(address: number, bytes: number): void;
  /** Into memory by physical address; code translated from there is forgotten. */
  write_blob(bytes: Uint8Array, address: number): void;
  readonly io: {
    /** Reads and writes of a range of physical addresses beyond the memory, in units of 128 KiB. */
    mmap_register(
      address: number,
      size: number,
      read8: (address: number) => number,
      write8: (address: number, value: number) => void,
      read32: (address: number) => number,
      write32: (address: number, value: number) => void,
    ): void;
  };
  readonly devices: {
    readonly pci: { register_device(device: PciDevice): void };
    readonly virtio_console: VirtioConsole;
    readonly virtio_net: {
      readonly virtio: {
        /** What the device offers to the driver: bits, 32 a word. */
        readonly device_feature: Uint32Array;
        readonly queues: readonly (VirtQueue & { readonly enabled: boolean })[];
      };
    };
  };
  /** Settings of the translator, by number: 1 is how many pages of guest code one WebAssembly module may cover. */
  set_jit_config(setting: number, value: number): void;
  /** Runs the guest for a slice of time; returns how long it has nothing to do, in milliseconds. */
  main_loop(): number;
}

/** How v86 lets others work between two slices of the guest's time. */
interface Loop {
  /** Has `yield_callback` called with this tick after so many milliseconds. */
  yield(delayMs: number, tick: number): void;
  yield_callback(tick: number): void;
  unregister_yield(): void;
}

interface Bus {
  register(name: string, listener: (value: Uint8Array) => void, self?: object): void;
  send(name: string, value: unknown): void;
}

/** A running v86 with the insides that we touch. */
export interface V86Machine {
  readonly accelerator: Accelerator;
  readonly bus: Bus;
  readonly v86: Loop & { readonly cpu: Cpu };
  run(): Promise<void>;
  stop(): Promise<void>;
  destroy(): Promise<void>;
  is_running(): boolean;
  save_state(): Promise<ArrayBuffer>;
  restore_state(state: ArrayBuffer): Promise<void>;
  get_instruction_counter(): number;
  add_listener(name: string, listener: (value: never) => void): void;
}

/** Everything that a machine is made of; a state fits only a machine of equal parts. */
export interface MachineParts {
  readonly wasm: WebAssembly.Module;
  readonly bios: Uint8Array<ArrayBuffer>;
  readonly vgaBios: Uint8Array<ArrayBuffer>;
  readonly kernel: Uint8Array<ArrayBuffer>;
  readonly initrd: Uint8Array<ArrayBuffer>;
  readonly disk: SparseDisk;
  readonly memoryMb: number;
  readonly cmdline: string;
}

/** Memory of the display adapter, which nobody looks at: the least that the VGA BIOS is content with. */
const VGA_BYTES = 1 << 20;

/** Makes the emulator, not yet running. Throws RangeError if there is not enough memory for the guest's. */
export async function createEmulator(parts: MachineParts): Promise<V86Machine> {
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const options = {
    wasm_fn: (imports: WebAssembly.Imports) =>
      WebAssembly.instantiate(parts.wasm, imports).then(
        ({ exports }) => checkingMemory(exports, fail),
        (error: Error) => {
          fail(error);
          return new Promise<never>(() => undefined);
        },
      ),
    memory_size: parts.memoryMb << 20,
    vga_memory_size: VGA_BYTES,
    bios: { buffer: parts.bios.buffer },
    vga_bios: { buffer: parts.vgaBios.buffer },
    bzimage: { buffer: parts.kernel.buffer },
    initrd: { buffer: parts.initrd.buffer },
    cmdline: parts.cmdline,
    hda: parts.disk,
    net_device: { type: 'virtio' as const },
    preserve_mac_from_state_image: true,
    virtio_console: true,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
    autostart: false,
  };
  const emulator = new Emulator(options as unknown as ConstructorParameters<typeof Emulator>[0]) as unknown as Omit<
    V86Machine,
    'accelerator'
  >;
  await Promise.race([
    failed,
    new Promise<void>((resolve) => emulator.add_listener('emulator-loaded', () => resolve())),
  ]);
  plainPorts(emulator);
  offload(emulator);
  if (!('process' in globalThis)) yieldInThisThread(emulator.v86);
  emulator.v86.cpu.set_jit_config(MAX_PAGES, 1);
  if (parts.kernel.byteLength + parts.initrd.byteLength === 0) leaveZeros(emulator);
  return Object.assign(emulator, { accelerator: new Accelerator(emulator.v86.cpu) });
}

/** v86 does not look at whether it got the guest's memory, and its loading has no way to fail: so it is looked at here. */
function checkingMemory(exports: WebAssembly.Exports, fail: (error: Error) => void): WebAssembly.Exports {
  const memory = exports['memory'] as WebAssembly.Memory;
  const allocate = exports['allocate_memory'] as (bytes: number) => number;
  const allocateChecked = (bytes: number): number => {
    const at = allocate(bytes) >>> 0;
    if (at !== 0 && at + bytes <= memory.buffer.byteLength) return at;
    const error = new RangeError(`could not allocate ${bytes} bytes for the guest's memory`);
    fail(error);
    throw error;
  };
  return { ...exports, allocate_memory: allocateChecked };
}

/** Where the firmware lies: below 1 MiB. */
const FIRMWARE_END = 1 << 20;

/**
 * Before v86 puts a state's pages in place it zeroes all the memory. That of a machine which was given no kernel and has never run is zero
 * but for its firmware, and what is never touched the browser never has to provide: 200 MB, and the time for it.
 */
function leaveZeros(emulator: Pick<V86Machine, 'v86' | 'add_listener'>): void {
  const { cpu } = emulator.v86;
  const zero = cpu.zero_memory.bind(cpu);
  let isNew = true;
  emulator.add_listener('emulator-started', () => (isNew = false));
  cpu.zero_memory = (address, bytes) => {
    zero(address, isNew ? Math.min(bytes, FIRMWARE_END) : bytes);
    isNew = false;
  };
}

/**
 * v86 lets a module cover three pages. With one page each, V8 has them ready sooner and makes better code of them: work done for
 * the first time takes a fifth less, work done often a tenth (docs/decisions/speed.md).
 */
const MAX_PAGES = 1;

/**
 * In a browser v86 asks a worker of its own for the next slice, so that a hidden page's slow timers do not slow it down. Ours is
 * a worker already, and a message to another thread and back each millisecond waits for a processor each time that all are busy.
 * A message to oneself does not. Sleeps end with a message too: a timer set by a timer waits four milliseconds at least (HTML, 8.7).
 */
function yieldInThisThread(loop: Loop): void {
  loop.unregister_yield();
  const { port1: here, port2: next } = new MessageChannel();
  here.onmessage = ({ data }: MessageEvent<number>) => loop.yield_callback(data);
  loop.yield = (delayMs, tick) => {
    if (delayMs < 1) next.postMessage(tick);
    else setTimeout(() => next.postMessage(tick), delayMs);
  };
  loop.unregister_yield = () => here.close();
}

const CONSOLE_PORT = 4;

/**
 * v86 tells the guest that all four virtio ports are consoles: terminals that echo, drop and take sixteen bytes at a time.
 * Left unsaid for ports 1 to 3, they become plain character devices (/dev/vport0p1 …) with pages of buffer. Virtio 1.2, 5.3.6.2
 */
function plainPorts(emulator: Pick<V86Machine, 'v86'>): void {
  const device = emulator.v86.cpu.devices.virtio_console;
  const send = device.SendEvent.bind(device);
  device.SendEvent = (port, event, value) => {
    if (event !== CONSOLE_PORT || port === 0) send(port, event, value);
  };
}

/** Virtio 1.2, 5.1.3: the card takes packets with unfinished checksums, and TCP segments of up to 64 KB. */
const VIRTIO_NET_F_CSUM = 1 << 0;
const VIRTIO_NET_F_HOST_TSO4 = 1 << 11;

/**
 * A card that cuts segments itself (TSO), as real ones do: the kernel takes 64 KB through bridge and firewall at once instead of 45 times
 * 1460 bytes. Here nobody cuts them: the page's TCP takes a segment of any length. v86 passes frames on without their virtio header, so
 * the page tells an unfinished checksum by its value (src/protocol/net/checksum.ts).
 */
function offload(emulator: Pick<V86Machine, 'v86'>): void {
  const { device_feature: features } = emulator.v86.cpu.devices.virtio_net.virtio;
  features[0] = (features[0] as number) | VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4;
}
