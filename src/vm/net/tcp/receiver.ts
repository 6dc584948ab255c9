// The receiving half of a connection: what came in order waits here for the reader, and the free room is the window we offer.
import { SACK_BLOCKS_MAX, type SackBlock } from '../../../protocol/net/tcp.ts';
import { Reassembly } from './reassembly.ts';
import { advance, after, distance } from './sequence.ts';
import type { TcpError } from './stream.ts';

/** Room for bytes that nobody has read yet. */
const BUFFER_BYTES = 1 << 20;

interface Waiter {
  resolve(bytes: Uint8Array | null): void;
  reject(error: TcpError): void;
}

export class Receiver {
  /** RCV.NXT: the next number we expect. */
  next = 0;
  /** The largest segment seen, to count "every second segment" by. */
  peerSegmentBytes = 536;
  /** The right edge of the window that the peer knows; it never moves back. */
  #edge = 0;
  #scale = 0;
  #finAt: number | undefined;
  #finished = false;
  #failed: TcpError | undefined;
  #queuedBytes = 0;
  /** What came a second time and was not yet reported. */
  #twice: SackBlock | undefined;
  readonly #queue: Uint8Array[] = [];
  readonly #early = new Reassembly();
  readonly #waiters: Waiter[] = [];

  constructor(
    private readonly announceWindow: () => void,
    private readonly mss: number,
  ) {}

  start(next: number, scale: number): void {
    this.next = next;
    this.#edge = next;
    this.#scale = scale;
  }

  get window(): number {
    return Math.max(0, distance(this.next, this.#edge));
  }

  get hole(): boolean {
    return !this.#early.empty;
  }

  /** The window field for a segment that leaves now. That of a SYN is never scaled (RFC 7323 section 2.2). */
  advertise(inSyn: boolean): number {
    const scale = inSyn ? 0 : this.#scale;
    const room = Math.min(Math.max(0, BUFFER_BYTES - this.#queuedBytes), 0xffff * 2 ** scale);
    const window = Math.max(this.window, Math.floor(room / 2 ** scale) * 2 ** scale);
    const field = Math.min(0xffff, Math.ceil(window / 2 ** scale));
    this.#edge = advance(this.next, Math.max(this.window, field * 2 ** scale));
    return field;
  }

  /** Takes an acceptable segment's bytes. True if with them everything up to the peer's FIN is here. */
  accept(seq: number, payload: Uint8Array, hasFin: boolean): boolean {
    if (this.#finished) return false;
    if (hasFin) this.#finAt ??= advance(seq, payload.length);
    this.peerSegmentBytes = Math.max(this.peerSegmentBytes, Math.min(payload.length, this.mss));
    const known = distance(seq, this.next);
    const inWindow = payload.subarray(0, Math.max(0, distance(seq, this.#edge)));
    const isNew = known < 0 ? this.#early.add(seq, inWindow) : known < inWindow.length;
    if (!isNew) this.repeated(seq, payload.length);
    if (known >= 0 && isNew) this.#deliver(inWindow.subarray(known));
    for (let bytes = this.#early.take(this.next); bytes; bytes = this.#early.take(this.next)) this.#deliver(bytes);
    if (this.#finAt !== this.next) return false;
    this.next = advance(this.next, 1);
    this.#finished = true;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(null);
    return true;
  }

  /** Bytes that are here already came again. */
  repeated(seq: number, bytes: number): void {
    if (bytes > 0 && !after(advance(seq, bytes), this.#edge)) this.#twice = { from: seq, end: advance(seq, bytes) };
  }

  /** For the next acknowledgement: what arrived twice goes first, once (RFC 2883), then what lies beyond the hole (RFC 2018). */
  takeSack(): readonly SackBlock[] | undefined {
    if (!this.#twice && this.#early.empty) return undefined;
    const twice = this.#twice ? [this.#twice] : [];
    this.#twice = undefined;
    return [...twice, ...this.#early.blocks(SACK_BLOCKS_MAX - twice.length)];
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#queue.shift();
    if (bytes) {
      this.#queuedBytes -= bytes.length;
      this.#announceIfUseful();
      return Promise.resolve(bytes);
    }
    if (this.#finished) return Promise.resolve(null);
    if (this.#failed) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  close(error: TcpError | undefined): void {
    if (!error) this.#finished = true;
    this.#failed = error;
    for (const waiter of this.#waiters.splice(0)) {
      if (error) waiter.reject(error);
      else waiter.resolve(null);
    }
  }

  #deliver(bytes: Uint8Array): void {
    this.next = advance(this.next, bytes.length);
    const waiter = this.#waiters.shift();
    if (waiter) return waiter.resolve(bytes);
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  /** Tell the peer of room only when it is worth a segment (RFC 9293 section 3.8.6.2.2, silly window). */
  #announceIfUseful(): void {
    if (this.#finished || this.#failed) return;
    const gain = BUFFER_BYTES - this.#queuedBytes - this.window;
    const almostShut = this.window < 2 * this.peerSegmentBytes;
    if (gain >= BUFFER_BYTES / 2 || (almostShut && gain >= 2 * this.peerSegmentBytes)) this.announceWindow();
  }
}
