// Looks after a running machine once a second: its use of the processor, its memory, whether its agent and dockerd answer. Asks the
// guest as little as it can: an idle machine is to use no more than a twentieth of a core.
import type { VmFailure, VmStatus } from '../protocol/vm-api.ts';
import { failure } from './failures.ts';
import type { Machine } from './machine/machine.ts';

const EVERY_MS = 1000;
/** Rounds between questions to the guest; while dockerd is away every round asks, so that its return is told at once. */
const ASK_EVERY = 5;
const SILENT_MS = 20_000;
const DISK_FULL_BYTES = 4 << 20;

export class Watch {
  readonly #timer: ReturnType<typeof setInterval>;
  #round = 0;
  #lastBusyMs: number;
  #lastAt = performance.now();
  #askedAt: number | undefined;
  #said: VmFailure['code'] | undefined;
  #dockerdIs: 'up' | 'down' = 'up';

  constructor(
    private readonly machine: Machine,
    private readonly dockerSocket: string,
    private readonly tell: (change: Partial<VmStatus>) => void,
    private readonly degrade: (failed: VmFailure | undefined) => void,
  ) {
    this.#lastBusyMs = machine.busyMs;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    void this.#ask();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const cpu = Math.min(1, (this.machine.busyMs - this.#lastBusyMs) / (now - this.#lastAt));
    this.#lastBusyMs = this.machine.busyMs;
    this.#lastAt = now;
    if (!this.machine.running) {
      // Paused: silence is no sign of trouble.
      this.#askedAt = undefined;
      return;
    }
    this.tell({ cpu });
    const due = ++this.#round % ASK_EVERY === 0 || this.#dockerdIs === 'down';
    if (due && this.#askedAt === undefined) void this.#ask();
    const silent = this.#askedAt !== undefined && now - Math.max(this.#askedAt, this.machine.agent.heardAt) > SILENT_MS;
    if (silent) this.#say('channel-lost');
    else if (this.#said === 'channel-lost') this.#say(undefined);
  }

  async #ask(): Promise<void> {
    this.#askedAt = performance.now();
    try {
      const vitals = await this.machine.agent.vitals();
      const memory = { totalBytes: vitals.totalBytes, usedBytes: vitals.totalBytes - vitals.availableBytes };
      const dockerd = (this.#dockerdIs = await this.#dockerd());
      this.tell({ memory, uptimeSeconds: vitals.uptimeSeconds, dockerd });
      const full = vitals.diskAvailableBytes < DISK_FULL_BYTES;
      if (full) this.#say('disk-full');
      else if (this.#said === 'disk-full') this.#say(undefined);
    } catch {
      // The agent went while it was asked; the next round asks its successor.
    }
    this.#askedAt = undefined;
  }

  /** A connection is enough: a listening socket whose process was killed refuses it. */
  async #dockerd(): Promise<'up' | 'down'> {
    const stream = this.machine.agent.connect(this.dockerSocket);
    const refused = stream.closed.then(() => true);
    const answered = this.machine.agent.vitals().then(() => false);
    const down = await Promise.race([refused, answered]);
    stream.abort();
    return down ? 'down' : 'up';
  }

  #say(code: VmFailure['code'] | undefined): void {
    if (code === this.#said) return;
    this.#said = code;
    this.degrade(code && failure(code));
  }
}
