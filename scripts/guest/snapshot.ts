// Boots the finished image from cold, waits until the engine answers, gives it its first images, and saves the machine.
import type { WorldEvent } from '../../src/protocol/events.ts';
import { EventLog } from '../../src/vm/event-log.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { kernelOffsets, machineParts } from '../../src/vm/node/artefacts.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { Witness } from '../../src/vm/witness.ts';
import { booted, wake } from './compile.ts';
import { engine, engineAnswers } from './engine.ts';

export interface Snapshot {
  readonly state: Uint8Array<ArrayBuffer>;
  readonly history: readonly WorldEvent[];
  /** What describes the records of its trace. */
  readonly formats: readonly string[];
  readonly kernelVersion: string;
}

/** Images that are there from the first moment. */
const IMAGES = ['busybox', 'hello-world'];

export async function makeSnapshot(
  initrd: Uint8Array<ArrayBuffer>,
  withEngine: boolean,
  log: (line: string) => void,
): Promise<Snapshot> {
  const machine = await Machine.create(machineParts(initrd));
  attachNetwork(machine);
  const events: WorldEvent[] = [];
  const eventLog = new EventLog((batch) => void events.push(...batch));
  const witness = new Witness(machine.agent, kernelOffsets(), (decoded) => eventLog.add(decoded));
  log('booting');
  await machine.run();
  await booted(machine);
  await wake(machine);
  const formats = await witness.readFormats();
  await witness.start(true, formats);
  if (withEngine) await furnish(machine, log);
  await witness.settle();
  witness.stop();
  const kernelVersion = (await shell(machine, 'uname -r')).trim();
  await tidy(machine);
  log('saving');
  const state = new Uint8Array(await machine.save());
  eventLog.stop();
  await machine.destroy();
  return { state, history: keep(events), formats, kernelVersion };
}

async function shell(machine: Machine, script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await machine.agent.exec(['sh', '-c', script]);
  if (exitCode !== 0) throw new Error(`in the guest: ${script}\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function furnish(machine: Machine, log: (line: string) => void): Promise<void> {
  if (!(await engineAnswers(machine))) throw new Error(`dockerd does not answer:\n${machine.serialLog.slice(-3000)}`);
  log('the engine answers');
  for (const image of IMAGES) {
    const status = await engine(machine, 'POST', `/images/create?fromImage=${image}&tag=latest`).catch(
      (error: unknown) => String(error),
    );
    log(`image ${image}: ${status}`);
  }
  // Everything that the first command of a student will touch has then been touched once.
  await shell(
    machine,
    "timeout 180 sh -c 'docker version && docker ps -a && docker images && docker run --rm busybox true'",
  ).catch((error: unknown) => log(String(error)));
}

/** Nothing in the state that is not needed: caches dropped, free memory zeroed (a state holds no zero pages), disk written out. */
async function tidy(machine: Machine): Promise<void> {
  await shell(
    machine,
    "sync; echo 3 >/proc/sys/vm/drop_caches; m=$(awk '/MemAvailable/ { print int($2 / 1024) - 16 }' /proc/meminfo); dd if=/dev/zero of=/dev/shm/zero bs=1M count=$m 2>/dev/null; rm -f /dev/shm/zero; sync",
  );
}

const NOISE = new Set<WorldEvent['kind']>(['packet', 'file', 'syscall', 'cgroup.sample', 'stream.lost']);

/** The history that a page starts with: what shaped the machine, without programs that have come and gone. */
function keep(events: readonly WorldEvent[]): WorldEvent[] {
  const gone = new Set(events.flatMap((event) => (event.kind === 'process.exit' ? [event.pid] : [])));
  const isGone = (event: WorldEvent): boolean => {
    if (!event.kind.startsWith('process.')) return false;
    if (event.kind === 'process.fork') return gone.has(event.child);
    return gone.has(event.kind === 'process.seen' ? event.target : event.pid);
  };
  return events
    .filter((event) => !NOISE.has(event.kind) && !isGone(event))
    .map((event, i) => ({ ...event, seq: i + 1 }));
}
