// What was sent and is not acknowledged yet, segment by segment, and which of it is lost: by SACK (RFC 2018) and by time, as Linux
// does (RACK, RFC 8985): a segment is lost when another that was sent clearly after it has arrived. Bytes that only overtake each
// other are not lost; how much they do so is learnt.
import type { SackBlock } from '../../../protocol/net/tcp.ts';
import type { RoundTrip } from './rtt.ts';
import { after, before, distance } from './sequence.ts';

interface Sent {
  from: number;
  readonly end: number;
  sentMs: number;
  resent: boolean;
  sacked: boolean;
  lost: boolean;
}

/** So many segments arrived behind a hole: it is a loss, unless this wire is known to reorder (RFC 5681). */
const DUPLICATES = 3;
const REORDER_STEPS_MAX = 20;

export class Scoreboard {
  /** Segments that arrived twice, by the peer's word (RFC 2883). */
  repeats = 0;
  /** Bytes on the wire, as far as we know: sent, not arrived, not lost. */
  inFlight = 0;
  readonly #segments: Sent[] = [];
  #sacked = 0;
  #lost = 0;
  /** The segment sent last among those that arrived, and how long it took: RACK.xmit_ts, RACK.end_seq, RACK.rtt. */
  #newest = { sentMs: -Infinity, end: 0, rtt: 0 };
  /** The highest number that arrived. */
  #highest: number | undefined;
  #reordering = false;
  /** Quarters of the shortest round trip that a segment may be late. */
  #reorderSteps = 1;
  #stepsRaisedMs = -Infinity;

  constructor(private readonly roundTrip: RoundTrip) {}

  get hasLost(): boolean {
    return this.#lost > 0;
  }

  /** True while something is missing in the middle: only then does time tell anything. */
  get hasHole(): boolean {
    return this.#sacked > 0 || this.#lost > 0;
  }

  get segments(): number {
    return this.#segments.length;
  }

  sent(from: number, end: number, nowMs: number): void {
    this.#segments.push({ from, end, sentMs: nowMs, resent: false, sacked: false, lost: false });
    this.inFlight += distance(from, end);
  }

  /** The lost segment to send next, which counts as on the wire again. */
  takeLost(nowMs: number): { readonly from: number; readonly end: number } | undefined {
    const segment = this.#lost > 0 ? this.#segments.find(({ lost }) => lost) : undefined;
    if (!segment) return undefined;
    this.#setLost(segment, false);
    segment.sentMs = nowMs;
    segment.resent = true;
    return segment;
  }

  /** The last segment once more, as a probe. */
  takeLast(nowMs: number): { readonly from: number; readonly end: number } | undefined {
    const segment = this.#segments.at(-1);
    if (!segment || segment.sacked) return undefined;
    if (segment.lost) this.#setLost(segment, false);
    segment.sentMs = nowMs;
    segment.resent = true;
    return segment;
  }

  /** An acknowledgement and its SACK blocks. Measures the round trip. True if it told of something that had not arrived before. */
  acknowledged(ack: number, blocks: readonly SackBlock[], nowMs: number): boolean {
    let rtt: number | undefined;
    const arrived = (segment: Sent): void => {
      const took = nowMs - segment.sentMs;
      // Sooner than any round trip: that is the answer to the first copy, not to the second.
      if (segment.resent && took < this.roundTrip.minimum) return;
      if (!segment.resent) rtt = took;
      const newest = this.#newest;
      if (segment.sentMs > newest.sentMs || (segment.sentMs === newest.sentMs && after(segment.end, newest.end)))
        this.#newest = { sentMs: segment.sentMs, end: segment.end, rtt: took };
      if (this.#highest !== undefined && !segment.resent && before(segment.end, this.#highest)) this.#reordering = true;
    };
    let told = false;
    let whole = 0;
    for (const segment of this.#segments) {
      if (after(segment.end, ack)) break;
      whole += 1;
      if (segment.sacked) this.#sacked -= 1;
      else {
        told = true;
        this.#leaveWire(segment);
        arrived(segment);
      }
    }
    if (whole > 0) this.#segments.splice(0, whole);
    this.#trim(ack);
    for (const block of blocks) {
      if (!after(block.end, ack)) {
        this.#repeated(nowMs);
        continue;
      }
      for (const segment of this.#segments) {
        if (!before(segment.from, block.end)) break;
        if (segment.sacked || before(segment.from, block.from) || after(segment.end, block.end)) continue;
        told = true;
        this.#leaveWire(segment);
        segment.sacked = true;
        this.#sacked += 1;
        arrived(segment);
      }
      if (this.#highest === undefined || after(block.end, this.#highest)) this.#highest = block.end;
    }
    if (this.#highest === undefined || after(ack, this.#highest)) this.#highest = ack;
    if (rtt !== undefined) this.roundTrip.measured(rtt);
    return told;
  }

  /** Marks what time has shown to be lost; gives after how many ms to look again, if something may still become so. */
  detect(nowMs: number, recovering: boolean): number | undefined {
    const late = this.#lateness(recovering);
    let again: number | undefined;
    for (const segment of this.#segments) {
      if (segment.sacked || segment.lost) continue;
      const { sentMs, end, rtt } = this.#newest;
      if (segment.sentMs > sentMs || (segment.sentMs === sentMs && !before(segment.end, end))) continue;
      const left = segment.sentMs + rtt + late - nowMs;
      if (left <= 0) this.#setLost(segment, true);
      else again = Math.max(again ?? 0, left);
    }
    return again;
  }

  /** For a peer without SACK: three duplicates, or a partial acknowledgement, speak of the first segment (RFC 6582). */
  loseFirst(): void {
    const segment = this.#segments[0];
    if (segment && !segment.lost) this.#setLost(segment, true);
  }

  /** The timer expired: all that is not known to have arrived. */
  loseAll(): void {
    for (const segment of this.#segments) if (!segment.sacked && !segment.lost) this.#setLost(segment, true);
  }

  #lateness(recovering: boolean): number {
    if (!this.#reordering && (recovering || this.#sacked >= DUPLICATES)) return 0;
    const { minimum, smoothed = 0 } = this.roundTrip;
    return Math.min((this.#reorderSteps * Math.min(minimum, smoothed)) / 4, smoothed);
  }

  /** Something arrived twice: we were too quick to call it lost. At most one step a round trip. */
  #repeated(nowMs: number): void {
    this.repeats += 1;
    if (nowMs - this.#stepsRaisedMs < (this.roundTrip.smoothed ?? 0)) return;
    this.#stepsRaisedMs = nowMs;
    this.#reordering = true;
    this.#reorderSteps = Math.min(REORDER_STEPS_MAX, this.#reorderSteps + 1);
  }

  /** Part of a segment was acknowledged: the rest stays. */
  #trim(ack: number): void {
    const first = this.#segments[0];
    const known = first ? distance(first.from, ack) : 0;
    if (!first || known <= 0) return;
    if (!first.lost && !first.sacked) this.inFlight -= known;
    first.from = ack;
  }

  #leaveWire(segment: Sent): void {
    if (segment.lost) {
      segment.lost = false;
      this.#lost -= 1;
    } else this.inFlight -= distance(segment.from, segment.end);
  }

  #setLost(segment: Sent, lost: boolean): void {
    segment.lost = lost;
    this.#lost += lost ? 1 : -1;
    this.inFlight += distance(segment.from, segment.end) * (lost ? -1 : 1);
  }
}
