// One virtual machine: the emulator, its serial log, its three byte ports with the agent behind them, its network card's frames, its
// state. Knows no Docker. Made by src/vm/session.ts in the worker and by src/vm/node for tests, the build and headless.
import { Agent } from '../agent.ts';
import { openNic, type Nic } from '../net/nic.ts';
import { openPort, PORT, type BytePort } from './ports.ts';
import { createEmulator, type MachineParts, type V86Machine } from './v86.ts';

/** What the kernel prints when it gives up. */
const PANIC = /Kernel panic - not syncing: (.*)|---\[ end Kernel panic/;

export class Machine {
  readonly agent: Agent;
  /** The page's side of the network card. */
  readonly nic: Nic;
  onSerial: (bytes: Uint8Array) => void = () => undefined;
  onPanic: (message: string) => void = () => undefined;
  #busyMs = 0;
  #serial: number[] = [];
  #line = '';
  #log = '';
  readonly #ports: readonly BytePort[];

  private constructor(
    private readonly emulator: V86Machine,
    readonly parts: MachineParts,
  ) {
    const open = (port: number): BytePort => openPort(emulator, port);
    const [terminals, trace, bulk] = [open(PORT.terminals), open(PORT.trace), open(PORT.bulk)];
    this.#ports = [terminals, trace, bulk];
    this.agent = new Agent({ terminals, trace, bulk });
    emulator.bus.register('serial0-output-byte', (byte) => this.#serialByte(byte as unknown as number));
    this.nic = openNic(emulator);
    this.#measure();
  }

  static async create(parts: MachineParts): Promise<Machine> {
    return new Machine(await createEmulator(parts), parts);
  }

  run(): Promise<void> {
    return this.emulator.run();
  }

  pause(): Promise<void> {
    return this.emulator.stop();
  }

  get running(): boolean {
    return this.emulator.is_running();
  }

  /** The whole machine; it stands still while this is made. */
  async save(): Promise<ArrayBuffer> {
    const wasRunning = this.running;
    await this.emulator.stop();
    const state = await this.emulator.save_state();
    if (wasRunning) await this.emulator.run();
    return state;
  }

  /** Puts a state of a machine of equal parts in the place of what there is. Throws if it does not fit. */
  async restore(state: ArrayBuffer): Promise<void> {
    for (const port of this.#ports) port.reset();
    this.nic.reset();
    await this.emulator.restore_state(state);
    this.agent.restored();
  }

  async destroy(): Promise<void> {
    for (const port of this.#ports) port.reset();
    this.agent.lose('the machine was stopped');
    await this.emulator.destroy();
  }

  /** Bytes for a port besides the channel's own, for tests of bad luck. */
  inject(port: number, bytes: Uint8Array): void {
    this.#ports[port - 1]?.write(bytes);
  }

  /** Milliseconds of this thread that the emulator has used. */
  get busyMs(): number {
    return this.#busyMs;
  }

  /** Bytes that the accelerator has hashed and inflated for the guest. */
  get accelerated(): { readonly hashedBytes: number; readonly inflatedBytes: number } {
    return { ...this.emulator.accelerator.done };
  }

  get instructions(): number {
    return this.emulator.get_instruction_counter();
  }

  /** The serial console so far (its last 64 KiB). */
  get serialLog(): string {
    return this.#log;
  }

  #measure(): void {
    const cpu = this.emulator.v86.cpu;
    const loop = cpu.main_loop.bind(cpu);
    cpu.main_loop = () => {
      const before = performance.now();
      const sleepMs = loop();
      this.#busyMs += performance.now() - before;
      return sleepMs;
    };
  }

  #serialByte(byte: number): void {
    if (this.#serial.length === 0) queueMicrotask(() => this.#flushSerial());
    this.#serial.push(byte);
  }

  #flushSerial(): void {
    const bytes = Uint8Array.from(this.#serial);
    this.#serial.length = 0;
    const text = String.fromCharCode(...bytes);
    this.#log = (this.#log + text).slice(-65536);
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      const panic = PANIC.exec(line);
      if (panic) this.onPanic(panic[1] ?? line);
    }
    this.onSerial(bytes);
  }
}
