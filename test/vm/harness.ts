// The VM as the page would have it, for tests: a Session under Node and a sink that remembers what it was told.
import type { WorldEvent } from '../../src/protocol/events.ts';
import type { PublishedPort, StartOptions, VmSink, VmStatus } from '../../src/protocol/vm-api.ts';
import type { ReadFile } from '../../src/vm/load.ts';
import { readLocal } from '../../src/vm/node/files.ts';
import { attachNetwork } from '../../src/vm/node/network.ts';
import { Session } from '../../src/vm/session.ts';

const TAIL = 8192;

export class RecordingSink implements VmSink {
  readonly statuses: VmStatus[] = [];
  readonly log: WorldEvent[] = [];
  readonly exits = new Map<number, number>();
  ports_: readonly PublishedPort[] = [];
  kernel = '';
  #terminals = new Map<number, { parts: Uint8Array[]; bytes: number; tail: string }>();
  #waiting: { met: () => boolean; done: () => void }[] = [];

  status(status: VmStatus): void {
    this.statuses.push(status);
    this.#changed();
  }
  terminal(id: number, bytes: Uint8Array): void {
    const terminal = this.#terminals.get(id) ?? { parts: [], bytes: 0, tail: '' };
    this.#terminals.set(id, terminal);
    terminal.parts.push(bytes.slice());
    terminal.bytes += bytes.byteLength;
    terminal.tail = (terminal.tail + Buffer.from(bytes).toString('latin1')).slice(-TAIL);
    this.#changed();
  }
  terminalExit(id: number, exitCode: number): void {
    this.exits.set(id, exitCode);
    this.#changed();
  }
  kernelLog(bytes: Uint8Array): void {
    this.kernel += Buffer.from(bytes).toString('latin1');
  }
  history(events: readonly WorldEvent[]): void {
    this.events(events);
  }
  events(events: readonly WorldEvent[]): void {
    this.log.push(...events);
    this.#changed();
  }
  ports(ports: readonly PublishedPort[]): void {
    this.ports_ = ports;
    this.#changed();
  }

  get last(): VmStatus {
    return this.statuses.at(-1) ?? { phase: 'idle' };
  }
  /** All that a terminal has shown. */
  output(id: number): Buffer {
    return Buffer.concat(this.#terminals.get(id)?.parts ?? []);
  }
  outputBytes(id: number): number {
    return this.#terminals.get(id)?.bytes ?? 0;
  }
  /** Its end, as text. */
  text(id: number): string {
    return this.#terminals.get(id)?.tail ?? '';
  }

  /** Resolves as soon as something that was told meets the condition. */
  until(met: () => boolean): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ met, done });
      this.#changed();
    });
  }

  #changed(): void {
    this.#waiting = this.#waiting.filter(({ met, done }) => {
      if (!met()) return true;
      done();
      return false;
    });
  }
}

export interface OpenedSession {
  readonly session: Session;
  readonly sink: RecordingSink;
}

export async function openSession(
  options: Partial<StartOptions> = {},
  read: ReadFile = readLocal,
  services: Parameters<typeof attachNetwork>[1] = {},
): Promise<OpenedSession> {
  const sink = new RecordingSink();
  const session = new Session({ read: () => read, network: (machine) => attachNetwork(machine, services) });
  await session.start({ baseUrl: '', boot: 'snapshot', ...options }, sink);
  return { session, sink };
}

/** What a shell command in the guest prints; fails with its stderr. */
export async function shell(session: Session, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await session.exec(['bash', '-c', script]);
  if (exitCode !== 0) throw new Error(`${script}: exit ${exitCode}\n${Buffer.from(stderr).toString()}`);
  return Buffer.from(stdout).toString();
}
