// Numbers decoded events and hands them to the page. One message is under way at a time: what comes before the page has taken it is
// gathered for the next, so that a page that is slow is not buried in messages, and nothing else that it is told waits behind them.
import type { DecodedEvent, WorldEvent } from '../protocol/events.ts';

const BATCH_MS = 16;
/** Events in one message: reading it must not hold the page up for longer than a frame. */
export const MESSAGE_MAX = 512;
/** Events that wait for the page; beyond it some are thrown away, which is told. */
export const WAITING_MAX = 20_000;

export class EventLog {
  #seq = 0;
  #waiting: DecodedEvent[] = [];
  #lost = 0;
  #isUnderWay = false;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `emit` answers, or its promise resolves, when the page has taken the events. */
  constructor(private readonly emit: (events: readonly WorldEvent[]) => unknown) {}

  add(events: readonly DecodedEvent[]): void {
    this.#waiting.push(...events);
    if (this.#waiting.length > WAITING_MAX) this.#thin();
    this.#soon();
  }

  /** Events that were numbered before: the log goes on after them. */
  goOnAfter(events: readonly WorldEvent[]): void {
    this.#seq = events.at(-1)?.seq ?? this.#seq;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #soon(): void {
    if (this.#isUnderWay || this.#isStopped || this.#waiting.length === 0) return;
    if (this.#waiting.length >= MESSAGE_MAX) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), BATCH_MS);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, MESSAGE_MAX);
    if (this.#lost > 0) {
      const reason = 'the page was too busy to take what the kernel reported';
      batch.unshift({
        kind: 'stream.lost',
        events: this.#lost,
        reason,
        timeNs: batch[0]?.timeNs ?? 0,
        pid: 0,
        comm: '',
      });
      this.#lost = 0;
    }
    const taken = (): void => {
      this.#isUnderWay = false;
      this.#soon();
    };
    this.#isUnderWay = true;
    const numbered = batch.map((event) => ({ ...event, seq: ++this.#seq }));
    new Promise((resolve) => resolve(this.emit(numbered))).then(taken, taken);
  }

  /** Throws half away, the oldest first: packets and samples, which pass; what makes the picture only if these are not enough. */
  #thin(): void {
    let excess = this.#waiting.length - WAITING_MAX / 2;
    this.#lost += excess;
    const kept: DecodedEvent[] = [];
    for (const event of this.#waiting) {
      if (excess > 0 && isPassing(event)) excess--;
      else kept.push(event);
    }
    this.#waiting = kept.slice(excess);
  }
}

const isPassing = ({ kind }: DecodedEvent): boolean =>
  kind === 'packet' || kind === 'packet.drop' || kind === 'cgroup.sample' || kind === 'syscall';
