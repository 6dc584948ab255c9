// A running VM for scripts and tests: from the built snapshot, or with the engine as it is in the work tree right now.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DecodedEvent } from '../../src/protocol/events.ts';
import { PROGRAMS, type Program } from '../../src/vm/image/assemble.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { CACHE_FOLDER, kernelOffsets, machineParts, readBytes } from '../../src/vm/node/artefacts.ts';
import type { Network } from '../../src/vm/net/network.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { Witness } from '../../src/vm/witness.ts';
import { bundlePrograms } from './bundle.ts';
import { baseId, baseMachine, booted, compile, wake } from './compile.ts';
import { engineAnswers } from './engine.ts';
import { initramfs, sha256, writeWhole } from './parts.ts';

export type VmKind = 'snapshot' | 'fresh' | 'base';

export interface OpenOptions {
  readonly kind: VmKind;
  readonly cold: boolean;
  readonly say: (line: string) => void;
  readonly onSerial?: (bytes: Uint8Array) => void;
  readonly onEvents?: (events: readonly DecodedEvent[]) => void;
}

export interface OpenedVm {
  readonly machine: Machine;
  /** The page's end of its network cable. */
  readonly network: Network;
  /** Waits until the kernel's events so far have arrived. */
  settle(): Promise<void>;
}

const STATES_KEPT = 8;
const DAEMONS = PROGRAMS.filter((name): name is Exclude<Program, 'agent'> => name !== 'agent');

export async function openVm(options: OpenOptions): Promise<OpenedVm> {
  const machine = await open(options);
  const network = attachNetwork(machine);
  const witness = options.onEvents && new Witness(machine.agent, kernelOffsets(), options.onEvents);
  await witness?.start();
  return { machine, network, settle: () => witness?.settle() ?? Promise.resolve() };
}

async function open({ kind, cold, say, onSerial }: OpenOptions): Promise<Machine> {
  const listen = (machine: Machine): Machine => {
    if (onSerial) machine.onSerial = onSerial;
    return machine;
  };
  if (!cold && kind !== 'snapshot') return listen(await (kind === 'base' ? baseMachine(say) : freshMachine(say)));
  if (cold) {
    const names: readonly Program[] = kind === 'base' ? ['agent'] : PROGRAMS;
    const programs = await compile(await bundlePrograms(names), say);
    const machine = listen(await Machine.create(machineParts(initramfs(programs))));
    say('booting');
    await machine.run();
    await booted(machine);
    return machine;
  }
  const state = join(CACHE_FOLDER, 'guest/machine.state');
  if (!existsSync(state)) throw new Error('no snapshot yet: npx tsx scripts/build-guest.ts (or use --fresh, --base)');
  return listen(await restored(state));
}

/** The engine as it is now in a bare machine: as it was kept when the same engine was started before, or started anew by init. */
async function freshMachine(say: (line: string) => void): Promise<Machine> {
  const programs = await compile(await bundlePrograms(DAEMONS), say);
  const inittab = readFileSync(new URL('../../guest/init/inittab', import.meta.url), 'utf8').split('\n');
  const lines = inittab.filter((line) => [...programs.keys()].some((name) => line.includes(`/${name}.bc`)));
  const id = sha256(await baseId(), lines.join('\n'), ...programs.values());
  const kept = join(CACHE_FOLDER, 'fresh', `${id}.state`);
  if (existsSync(kept)) return restored(kept);
  const machine = await baseMachine(say);
  attachNetwork(machine);
  for (const [name, bytecode] of programs) await machine.agent.writeFile(`/usr/lib/drydock/${name}.bc`, bytecode);
  say(`starting ${[...programs.keys()].join(', ')}`);
  await machine.agent.exec(['sh', '-c', `printf '%s\\n' "$@" >>/etc/inittab; kill -HUP 1`, 'sh', ...lines]);
  if (await engineAnswers(machine)) {
    writeWhole(kept, new Uint8Array(await machine.save()));
    forgetOld(join(CACHE_FOLDER, 'fresh'));
  } else if (programs.has('dockerd')) say(`dockerd does not answer\n${machine.serialLog.slice(-3000)}`);
  return machine;
}

async function restored(path: string): Promise<Machine> {
  const machine = await Machine.create(machineParts(new Uint8Array(0)));
  await machine.restore(readBytes(path).buffer);
  await machine.run();
  await wake(machine);
  return machine;
}

/** Keeps the newest few states: each is 40 MB. */
function forgetOld(folder: string): void {
  const states = readdirSync(folder).map((name) => join(folder, name));
  states.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of states.slice(STATES_KEPT)) rmSync(path, { force: true });
}
