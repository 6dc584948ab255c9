// A running VM for scripts and tests: from the built snapshot, or with the engine as it is in the work tree right now.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecodedEvent } from '../../src/protocol/events.ts';
import { PROGRAMS, type Program } from '../../src/vm/image/assemble.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { CACHE_FOLDER, kernelOffsets, machineParts, readBytes, ROOT } from '../../src/vm/node/artefacts.ts';
import type { Network } from '../../src/vm/net/network.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { Witness } from '../../src/vm/witness.ts';
import { bundlePrograms } from './bundle.ts';
import { baseMachine, booted, compile, wake } from './compile.ts';
import { initramfs } from './parts.ts';

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

const DAEMONS = PROGRAMS.filter((name): name is Exclude<Program, 'agent'> => name !== 'agent');

export async function openVm(options: OpenOptions): Promise<OpenedVm> {
  const machine = await open(options);
  const network = attachNetwork(machine);
  const witness = options.onEvents && new Witness(machine.agent, kernelOffsets(), options.onEvents);
  await witness?.start();
  if (options.kind === 'fresh' && !options.cold) await startDaemons(machine, options.say);
  return { machine, network, settle: () => witness?.settle() ?? Promise.resolve() };
}

async function open({ kind, cold, say, onSerial }: OpenOptions): Promise<Machine> {
  const listen = (machine: Machine): Machine => {
    if (onSerial) machine.onSerial = onSerial;
    return machine;
  };
  if (!cold && kind !== 'snapshot') return listen(await baseMachine(say));
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
  const machine = listen(await Machine.create(machineParts(new Uint8Array(0))));
  await machine.restore(readBytes(state).buffer);
  await machine.run();
  await wake(machine);
  return machine;
}

/** Puts the engine's bytecode into a bare machine and has init start it. */
async function startDaemons(machine: Machine, say: (line: string) => void): Promise<void> {
  const programs = await compile(await bundlePrograms(DAEMONS), say);
  const inittab = readFileSync(new URL('../../guest/init/inittab', import.meta.url), 'utf8').split('\n');
  const lines: string[] = [];
  for (const [name, bytecode] of programs) {
    await machine.agent.writeFile(`/usr/lib/drydock/${name}.bc`, bytecode);
    const line = inittab.find((candidate) => candidate.includes(`/${name}.bc`));
    if (line !== undefined) lines.push(line);
  }
  say(`starting ${[...programs.keys()].join(', ')}`);
  const script = `printf '%s\\n' "$@" >>/etc/inittab; kill -HUP 1; for i in $(seq 300); do [ -S /var/run/docker.sock ] && exit 0; sleep 0.02; done; exit 1`;
  const result = await machine.agent.exec(['sh', '-c', script, 'sh', ...lines]);
  if (result.exitCode !== 0 && programs.has('dockerd')) say(`dockerd's socket is not there after 6 s\n${machine.serialLog.slice(-3000)}`);
}
