// Numbers decoded events and hands them to the page in batches, at most one a display frame: a burst of a thousand events is one message.
import type { DecodedEvent, WorldEvent } from '../protocol/events.ts';

const BATCH_MS = 16;
const BATCH_MAX = 512;

export class EventLog {
  #seq = 0;
  #batch: WorldEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly emit: (events: readonly WorldEvent[]) => void) {}

  add(events: readonly DecodedEvent[]): void {
    for (const event of events) this.#batch.push({ ...event, seq: ++this.#seq });
    if (this.#batch.length >= BATCH_MAX) this.#flush();
    else if (this.#batch.length > 0) this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  /** Events that were numbered before: the log goes on after them. */
  goOnAfter(events: readonly WorldEvent[]): void {
    this.#seq = events.at(-1)?.seq ?? this.#seq;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#batch = [];
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length > 0) this.emit(batch);
  }
}
