// Time travel: the log, checkpoints along it, and a playhead that follows the present at a pace that a person can read.
// The page owns one; scenes see only the World at the playhead.
import type { WorldEvent } from '../protocol/events.ts';
import { reduce } from './reduce.ts';
import { emptyWorld, type World } from './world.ts';

/** A checkpoint every so many events; seeking folds at most this many. */
const CHECKPOINT_EVERY = 400;
/** Events kept; older ones fold into the first checkpoint. */
const LOG_LIMIT = 60_000;
/** What happened is shown within this time, however much it is and however seldom the page comes to draw. */
const CATCH_UP_MS = 2_000;
/** At full readability, one operation each so many milliseconds. */
const OPERATION_MS = 60;
const LOG_FORMAT = 'drydock-run';

export type TimelineMode = 'live' | 'paused' | 'playing';

/** Events that came together, and when they are to have been shown. */
interface Due {
  /** Index in the log behind the last of them. */
  readonly end: number;
  /** Readable events pushed until then, them included. */
  readonly readable: number;
  readonly atMs: number;
}

interface Checkpoint {
  /** Index in the log of the first event that the World has not seen. */
  readonly at: number;
  readonly world: World;
}

/** The log of events and a playhead on it. Time comes from outside, so a test or a replay drives it as it likes. */
export class Timeline {
  #log: WorldEvent[] = [];
  #checkpoints: Checkpoint[] = [{ at: 0, world: emptyWorld }];
  #world: World = emptyWorld;
  #past: WorldEvent[] = [];
  /** Index of the next event to show. */
  #head = 0;
  /** Readable events between the playhead and the present. */
  #waiting = 0;
  /** Readable events ever pushed. */
  #readable = 0;
  /** Part of an event's showing time that has passed, in milliseconds. */
  #credit = 0;
  /** The time that advance() has been told of. */
  #clockMs = 0;
  #due: Due[] = [];
  mode: TimelineMode = 'live';
  /** 1 is as it happened to be readable, 0.25 a quarter of it. */
  speed = 1;
  readonly #limit: number;

  /** A timeline that keeps about `logLimit` events. */
  constructor(logLimit = LOG_LIMIT) {
    this.#limit = logLimit;
  }

  /** The World at the playhead. */
  get world(): World {
    return this.#world;
  }
  /** Events in the log, oldest first. */
  get log(): readonly WorldEvent[] {
    return this.#log;
  }
  /** What happened before the log begins, without packets and samples: it stands, but nobody travels back to it. */
  get past(): readonly WorldEvent[] {
    return this.#past;
  }
  /** Playhead as a position in the log, 0 to `log.length`. */
  get position(): number {
    return this.#head;
  }
  /** Is the picture the present one? */
  get caughtUp(): boolean {
    return this.#head === this.#log.length;
  }

  /**
   * Begin with a World that these events made: what stood before anybody watched. Its commands and packets are over and are
   * not told. Only for a timeline without a log.
   */
  begin(past: readonly WorldEvent[]): void {
    const stood = past.reduce(reduce, this.#world);
    this.#world = { ...stood, operations: [], packets: [], spans: new Map() };
    this.#past.push(...past);
    this.#checkpoints = [{ at: 0, world: this.#world }];
  }

  /** The event of this number, if it is kept. */
  event(seq: number): WorldEvent | undefined {
    const first = this.#log[0]?.seq;
    if (first !== undefined && seq >= first) return this.#log[seq - first];
    return this.#past.find((event) => event.seq === seq);
  }

  /**
   * Add events at the present end. They show when the playhead comes to them; the first one after a pause of `restedMs`, in
   * which there was nothing to show, need not wait.
   */
  push(events: readonly WorldEvent[], restedMs = 0): void {
    if (this.caughtUp) this.#credit = Math.min(OPERATION_MS, this.#credit + restedMs);
    for (const event of events) {
      this.#log.push(event);
      if (!isReadable(event)) continue;
      this.#waiting++;
      this.#readable++;
    }
    const due = { end: this.#log.length, readable: this.#readable, atMs: this.#clockMs + CATCH_UP_MS };
    if (this.#due.at(-1)?.atMs === due.atMs) this.#due.pop();
    this.#due.push(due);
    if (this.#log.length > this.#limit * 1.2) this.#forget(this.#log.length - this.#limit);
  }

  /** Let `elapsedMs` pass. Answers whether the World changed. */
  advance(elapsedMs: number): boolean {
    if (this.mode === 'paused' || this.caughtUp) {
      this.#credit = Math.min(OPERATION_MS, this.#credit);
      if (this.mode === 'playing' && this.caughtUp) this.mode = 'live';
      return false;
    }
    const before = this.#world;
    const each = this.mode === 'live' ? this.#pace() : OPERATION_MS;
    this.#credit += elapsedMs * this.speed;
    this.#clockMs += elapsedMs * this.speed;
    const overdue = this.mode === 'live' ? (this.#due.findLast(({ atMs }) => atMs <= this.#clockMs)?.end ?? 0) : 0;
    while (this.#head < this.#log.length) {
      const cost = isReadable(this.#log[this.#head]) ? each : 0;
      if (cost > this.#credit && this.#head >= overdue) break;
      this.#credit = Math.max(0, this.#credit - cost);
      this.#forward();
    }
    this.#due = this.#due.filter(({ end }) => end > this.#head);
    return this.#world !== before;
  }

  /** Milliseconds for each readable event, so that all that waits is shown in its time. */
  #pace(): number {
    let each = OPERATION_MS;
    for (const { readable, atMs } of this.#due) {
      const before = this.#waiting - (this.#readable - readable);
      if (before > 0) each = Math.min(each, Math.max(0, atMs - this.#clockMs) / before);
    }
    return each;
  }

  /** Show the present now. */
  live(): void {
    this.mode = 'live';
    this.seek(this.#log.length);
    this.mode = 'live';
  }

  /** Put the playhead at a position, 0 to `log.length`, and stop there. */
  seek(position: number): void {
    const target = Math.max(0, Math.min(this.#log.length, Math.round(position)));
    this.mode = 'paused';
    if (target < this.#head) {
      const checkpoint = this.#checkpoints.findLast((kept) => kept.at <= target) ?? this.#checkpoints[0];
      this.#world = checkpoint?.world ?? emptyWorld;
      this.#head = checkpoint?.at ?? 0;
      this.#count();
    }
    while (this.#head < target) this.#forward();
  }

  /** One operation on, or back; what lies between comes along. */
  step(direction: 1 | -1): void {
    let at = this.#head;
    do at += direction;
    while (at > 0 && at < this.#log.length && !isReadable(this.#log[at - 1]));
    this.seek(at);
  }

  /** The whole run as JSON lines, to be replayed with no VM at all. */
  export(): string {
    const head = { format: LOG_FORMAT, version: 1, past: this.#past.length };
    const lines = [...this.#past, ...this.#log].map((event) =>
      JSON.stringify(event, (_, value: unknown) => (value instanceof Uint8Array ? { bytes: [...value] } : value)),
    );
    return `${[JSON.stringify(head), ...lines].join('\n')}\n`;
  }

  #forward(): void {
    const event = this.#log[this.#head];
    if (!event) return;
    this.#world = reduce(this.#world, event);
    this.#head++;
    if (isReadable(event)) this.#waiting--;
    const last = this.#checkpoints.at(-1)?.at ?? 0;
    if (this.#head - last >= CHECKPOINT_EVERY) this.#checkpoints.push({ at: this.#head, world: this.#world });
  }

  #forget(count: number): void {
    if (this.#head < count) this.#seekQuietly(count);
    const kept = this.#checkpoints.filter((checkpoint) => checkpoint.at >= count);
    const first = kept[0];
    // Without a checkpoint beyond the cut, the present picture becomes the first.
    const cut = first?.at ?? this.#head;
    const base = first?.world ?? this.#world;
    for (const event of this.#log.slice(0, cut))
      if (event.kind !== 'packet' && event.kind !== 'packet.drop' && event.kind !== 'cgroup.sample')
        this.#past.push(event);
    this.#log = this.#log.slice(cut);
    this.#due = this.#due.map((due) => ({ ...due, end: due.end - cut }));
    this.#checkpoints = [
      { at: 0, world: base },
      ...kept.slice(1).map((checkpoint) => ({ ...checkpoint, at: checkpoint.at - cut })),
    ];
    this.#head = Math.max(0, this.#head - cut);
    if (this.#head === 0) this.#world = base;
    this.#count();
  }

  #count(): void {
    this.#waiting = 0;
    for (let i = this.#head; i < this.#log.length; i++) if (isReadable(this.#log[i])) this.#waiting++;
  }

  #seekQuietly(position: number): void {
    while (this.#head < position && this.#head < this.#log.length) this.#forward();
  }
}

/** Events that get time of their own on the stage; samples, syscalls' companions and spans ride along. */
export function isReadable(event: WorldEvent | undefined): boolean {
  switch (event?.kind) {
    case 'process.fork':
    case 'process.exec':
    case 'process.exit':
    case 'mount':
    case 'umount':
    case 'pivot_root':
    case 'namespace.enter':
    case 'cgroup.mkdir':
    case 'cgroup.rmdir':
    case 'cgroup.write':
    case 'cgroup.freeze':
    case 'oom.kill':
    case 'link':
    case 'link.delete':
    case 'link.move':
    case 'address':
    case 'xtables.rules':
    case 'file':
    case 'packet.drop':
      return true;
    case 'packet':
      // A transfer's segments and their acknowledgements are as many as it has kilobytes: they ride along.
      return event.packet.flags !== 'A';
    default:
      return false;
  }
}

export interface RecordedRun {
  readonly past: readonly WorldEvent[];
  readonly events: readonly WorldEvent[];
  /** Lines that are no events; they are left out. */
  readonly malformed: number;
}

/** Read an exported run. A file that is none has no events. */
export function parseLog(text: string): RecordedRun {
  const events: WorldEvent[] = [];
  let malformed = 0;
  let past = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const event = JSON.parse(line, revive) as unknown;
      if (isEvent(event)) events.push(event);
      else if (isHead(event)) past = event.past;
      else malformed++;
    } catch {
      malformed++;
    }
  }
  return { past: events.slice(0, past), events: events.slice(past), malformed };
}

function isHead(value: unknown): value is { past: number } {
  const head = value as { format?: unknown; past?: unknown } | null;
  return head?.format === LOG_FORMAT && typeof head.past === 'number';
}

function revive(_key: string, value: unknown): unknown {
  const bytes = typeof value === 'object' && value !== null ? (value as { bytes?: unknown }).bytes : undefined;
  return Array.isArray(bytes) ? Uint8Array.from(bytes as number[]) : value;
}

function isEvent(value: unknown): value is WorldEvent {
  const event = value as Partial<WorldEvent> | null;
  return (
    typeof event === 'object' &&
    event !== null &&
    typeof event.kind === 'string' &&
    typeof event.seq === 'number' &&
    typeof event.timeNs === 'number'
  );
}
