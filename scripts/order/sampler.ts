// Where a machine's processor is, every thousand instructions. The emulator runs guest code in batches and asks for the time between two of
// them: that is where we look. It interprets here, nothing is translated, so that the last instruction of a batch may be anyone's.
import { clock, type ClockedCpu } from './clock.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { withConstant } from '../../src/vm/machine/translator.ts';
import { CACHE_FOLDER, machineParts, readBytes, v86Wasm } from '../../src/vm/node/artefacts.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { wake } from '../guest/compile.ts';

/** What v86's CPU shows of itself. */
interface Cpu extends ClockedCpu {
  readonly instruction_pointer: Int32Array;
  readonly previous_ip: Int32Array;
  readonly cr: Int32Array;
  readonly mem8: Uint8Array;
  set_jit_config(setting: number, value: number): void;
}

/** One look: the last instruction that was run, the next, both as virtual addresses, and the instructions since the look before. */
export interface Sample {
  readonly last: number;
  readonly next: number;
  readonly instructions: number;
}

const PUBLISHED_BATCH = 100_003;
const BATCH = 1009;
const JIT_DISABLED = 0;

/** A machine out of the built snapshot that is looked at while `sampled` runs. */
export class SampledMachine {
  #onSample: ((sample: Sample) => void) | undefined;
  readonly #cpu: Cpu;

  private constructor(readonly machine: Machine) {
    this.#cpu = (machine as unknown as { emulator: { v86: { cpu: Cpu } } }).emulator.v86.cpu;
  }

  static async restore(): Promise<SampledMachine> {
    const parts = machineParts(new Uint8Array(0));
    const wasm = new WebAssembly.Module(withConstant(v86Wasm(), PUBLISHED_BATCH, BATCH));
    const machine = await Machine.create({ ...parts, wasm });
    await machine.restore(readBytes(`${CACHE_FOLDER}/guest/machine.state`).buffer);
    const sampled = new SampledMachine(machine);
    sampled.#cpu.set_jit_config(JIT_DISABLED, 1);
    clock.follow(sampled.#cpu, (instructions) => sampled.#look(instructions));
    await machine.run();
    await wake(machine);
    attachNetwork(machine);
    return sampled;
  }

  async sampled(work: () => Promise<void>, onSample: (sample: Sample) => void): Promise<void> {
    this.#onSample = onSample;
    await work();
    this.#onSample = undefined;
  }

  /** Bytes at a virtual address in the process that runs; undefined if no page is there. intel.com, SDM volume 3, 4.3 */
  bytesAt(address: number, length: number): Uint8Array | undefined {
    const { cr, mem8 } = this.#cpu;
    const word = (at: number): number => new DataView(mem8.buffer, mem8.byteOffset).getUint32(at, true);
    const table = word((((cr[3] ?? 0) & ~4095) >>> 0) + ((address >>> 22) << 2));
    if (!(table & 1)) return undefined;
    const entry = word(((table & ~4095) >>> 0) + (((address >>> 12) & 1023) << 2));
    if (!(entry & 1)) return undefined;
    const at = ((entry & ~4095) >>> 0) + (address & 4095);
    return mem8.subarray(at, at + Math.min(length, 4096 - (address & 4095)));
  }

  #look(instructions: number): void {
    const last = (this.#cpu.previous_ip[0] ?? 0) >>> 0;
    const next = (this.#cpu.instruction_pointer[0] ?? 0) >>> 0;
    if (instructions >= BATCH && instructions < 2 * BATCH) this.#onSample?.({ last, next, instructions });
  }
}
