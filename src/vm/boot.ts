// Bringing a machine up: from the snapshot if it is there, fits and wakes; else from cold, with the reason said. Used by session.ts.
import type { WorldEvent } from '../protocol/events.ts';
import type { StartOptions, VmStatus } from '../protocol/vm-api.ts';
import type { KernelOffsets } from '../trace/probe.ts';
import { VmError } from './failures.ts';
import type { GuestIndex } from './guest-index.ts';
import { Loader, type Loading, type ReadFile } from './load.ts';
import { unpackDisk } from './machine/disk.ts';
import { Machine } from './machine/machine.ts';

export interface Booted {
  readonly machine: Machine;
  readonly from: 'snapshot' | 'cold';
  readonly snapshotProblem?: string;
  readonly offsets: KernelOffsets;
  readonly kernelVersion: string;
  /** Events of the life before the snapshot. */
  readonly history: readonly WorldEvent[];
  /** The snapshot's format files. */
  readonly formats?: readonly string[];
}

export interface BootHost {
  readonly read: ReadFile;
  readonly onPhase: (phase: VmStatus['phase'], loading?: Loading) => unknown;
  /** The machine was made and is about to run. */
  readonly onMachine: (machine: Machine) => void;
}

const WAKE_WITHIN_MS = 10_000;
const BOOT_WITHIN_MS = 180_000;
const EMPTY = new Uint8Array(0);

export async function boot(options: StartOptions, host: BootHost): Promise<Booted> {
  if (typeof WebAssembly !== 'object') throw new VmError('no-webassembly');
  host.onPhase('fetching');
  const loader = new Loader(host.read, (loading) => host.onPhase('fetching', loading));
  const index = await loader.index();
  const problem = whyNotSnapshot(index, options);
  if (problem === undefined) {
    try {
      return await restore(index, loader, host);
    } catch (error) {
      if (error instanceof VmError && error.failure.code === 'out-of-memory') throw error;
      return cold(index, options, loader, host, error instanceof Error ? error.message : String(error));
    }
  }
  return cold(index, options, loader, host, problem || undefined);
}

/** Undefined: the snapshot can be used. Empty: nobody asked for it. */
function whyNotSnapshot(index: GuestIndex, options: StartOptions): string | undefined {
  if (options.boot === 'cold') return '';
  if (!index.snapshot) return 'This page has no snapshot.';
  if (index.snapshot.id !== index.id) return 'The snapshot is of another version of the machine.';
  if (options.memoryMb !== undefined && options.memoryMb !== index.memoryMb)
    return `A snapshot has ${index.memoryMb} MB of memory.`;
  return undefined;
}

async function restore(index: GuestIndex, loader: Loader, host: BootHost): Promise<Booted> {
  const { wasm, bios, vgaBios, disk, offsets } = index.files;
  const { state, history, formats } = index.snapshot as NonNullable<GuestIndex['snapshot']>;
  loader.expect([wasm, bios, vgaBios, disk, offsets, state, history, formats]);
  // The machine is made while its state is still on the way and unpacked.
  const making = emptyMachine(index, loader);
  const loading = Promise.all([
    loader.file('saved machine', state),
    loader.file('saved machine', history),
    loader.file('saved machine', formats),
    loader.file('kernel', offsets),
  ]);
  try {
    const [machine, [stateBytes, historyBytes, formatBytes, offsetBytes]] = await Promise.all([making, loading]);
    host.onPhase('restoring');
    await machine.restore(stateBytes.buffer);
    host.onMachine(machine);
    await machine.run();
    await within(WAKE_WITHIN_MS, wake(machine), 'the restored machine does not answer');
    return {
      machine,
      from: 'snapshot',
      offsets: json(offsetBytes) as KernelOffsets,
      kernelVersion: index.kernelVersion,
      history: events(historyBytes),
      formats: json(formatBytes) as readonly string[],
    };
  } catch (error) {
    await making.then(
      (machine) => machine.destroy(),
      () => undefined,
    );
    if (error instanceof VmError) throw error;
    throw new VmError('restore-failed', error instanceof Error ? error.message : String(error));
  }
}

/** A machine to restore into: kernel and root are in the state's memory, nothing to load for them. */
async function emptyMachine(index: GuestIndex, loader: Loader): Promise<Machine> {
  const { wasm, bios, vgaBios, disk } = index.files;
  const [module, biosBytes, vgaBytes, diskBytes] = await Promise.all([
    loader.file('emulator', wasm).then((bytes) => WebAssembly.compile(bytes)),
    loader.file('firmware', bios),
    loader.file('firmware', vgaBios),
    loader.file('disk', disk),
  ]);
  const parts = { bios: biosBytes, vgaBios: vgaBytes, kernel: EMPTY, initrd: EMPTY, disk: unpackDisk(diskBytes) };
  return create({ ...parts, wasm: module, memoryMb: index.memoryMb, cmdline: '' });
}

async function cold(
  index: GuestIndex,
  options: StartOptions,
  loader: Loader,
  host: BootHost,
  problem?: string,
): Promise<Booted> {
  const { wasm, bios, vgaBios, kernel, initrd, disk, offsets } = index.files;
  loader.expect([wasm, bios, vgaBios, kernel, initrd, disk, offsets]);
  const [wasmBytes, biosBytes, vgaBytes, kernelBytes, initrdBytes, diskBytes, offsetBytes] = await Promise.all([
    loader.file('emulator', wasm),
    loader.file('firmware', bios),
    loader.file('firmware', vgaBios),
    loader.file('kernel', kernel),
    loader.file('root file system', initrd),
    loader.file('disk', disk),
    loader.file('kernel', offsets),
  ]);
  host.onPhase('booting');
  // Who asks for a cold boot wants to see it; who only falls back to it wants it quick.
  const cmdline = options.boot === 'cold' ? index.cmdline : `${index.cmdline} quiet`;
  const parts = {
    bios: biosBytes,
    vgaBios: vgaBytes,
    kernel: kernelBytes,
    initrd: initrdBytes,
    disk: unpackDisk(diskBytes),
  };
  const memoryMb = options.memoryMb ?? index.memoryMb;
  const machine = await create({ ...parts, wasm: await WebAssembly.compile(wasmBytes), memoryMb, cmdline });
  host.onMachine(machine);
  await machine.run();
  const panic = new Promise<never>((_, reject) => {
    machine.onPanic = (message) => reject(new VmError('guest-panic', message));
  });
  await within(BOOT_WITHIN_MS, Promise.race([machine.agent.ready, panic]), 'the machine did not come up').catch(
    async (error: unknown) => {
      await machine.destroy();
      throw error instanceof VmError
        ? error
        : new VmError('channel-lost', error instanceof Error ? error.message : String(error));
    },
  );
  await wake(machine);
  const from = { from: 'cold' as const, ...(problem === undefined ? {} : { snapshotProblem: problem }) };
  return {
    machine,
    ...from,
    offsets: json(offsetBytes) as KernelOffsets,
    kernelVersion: index.kernelVersion,
    history: [],
  };
}

async function create(parts: Parameters<typeof Machine.create>[0]): Promise<Machine> {
  try {
    return await Machine.create(parts);
  } catch (error) {
    if (error instanceof RangeError) throw new VmError('out-of-memory');
    throw error;
  }
}

/** The machine slept: it gets the time of day and fresh chance before anything else. random(4) */
function wake(machine: Machine): Promise<void> {
  return machine.agent.wake(Date.now(), crypto.getRandomValues(new Uint8Array(64)));
}

const events = (lines: Uint8Array): WorldEvent[] =>
  new TextDecoder()
    .decode(lines)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as WorldEvent);

const json = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

function within<T>(ms: number, promise: Promise<T>, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(message)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
