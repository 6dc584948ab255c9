// The sending half of a connection: window, retransmission (RFC 6298), slow start, fast retransmit and recovery (RFC 5681, 6582),
// zero window probes.
import { TCP, type TcpSegment } from '../../../protocol/net/tcp.ts';
import { Alarm } from '../clock.ts';
import type { Wire } from './connection.ts';
import { SendBuffer } from './send-buffer.ts';
import { advance, after, before, distance } from './sequence.ts';
import { TcpError, type TcpErrorCode } from './stream.ts';

/** write() waits while more than this is not yet acknowledged. */
const HIGH_WATER_BYTES = 1 << 20;
const RTO_MIN_MS = 300;
const RTO_MAX_MS = 20_000;
const SYN_RETRIES = 6;
const DATA_RETRIES = 12;
const INITIAL_WINDOW_SEGMENTS = 10;

type Emit = (from: number, payloadBytes: number, flags: number) => void;

export class Sender {
  /** SND.NXT: what goes out next; moves back when the timer says that all must be sent again. */
  next: number;
  /** The highest number ever sent; an acknowledgement beyond it is nonsense. */
  highest: number;
  /** SND.UNA: the first number not acknowledged. */
  #first: number;
  #established = false;
  #ended = false;
  /** FIN was acknowledged, so #first lies one past the last byte. */
  #finTaken = false;
  #closed: TcpError | 'cleanly' | undefined;
  readonly #iss: number;
  readonly #buffer = new SendBuffer();
  readonly #writers: { resolve(): void; reject(error: TcpError): void }[] = [];
  #synFlags = 0;
  #mss = 536;
  #window = 0;
  #windowMax = 0;
  #windowSeq = 0;
  #windowAck = 0;
  #scale = 0;
  #congestion = 0;
  #threshold = Infinity;
  #duplicates = 0;
  /** While in fast recovery: the highest number sent when it began. */
  #recover: number | undefined;
  #rto = 1000;
  #smoothedRtt: number | undefined;
  #rttVariance = 0;
  #timed: { readonly end: number; readonly sentMs: number } | undefined;
  #retries = 0;
  #probeDelayMs = RTO_MIN_MS;
  readonly #retransmit: Alarm;
  readonly #probe: Alarm;

  constructor(
    private readonly wire: Wire,
    private readonly emit: Emit,
    private readonly fail: (code: TcpErrorCode) => void,
  ) {
    this.#iss = Math.floor(wire.random() * 2 ** 32) >>> 0;
    this.next = this.highest = this.#first = this.#iss;
    this.#retransmit = new Alarm(wire.clock, () => this.#expired());
    this.#probe = new Alarm(wire.clock, () => this.#sendProbe());
  }

  get ended(): boolean {
    return this.#ended;
  }

  get finAcknowledged(): boolean {
    return this.#ended && this.#first === advance(this.#end, 1);
  }

  /** The number after the last byte written: FIN's own number. */
  get #end(): number {
    return advance(this.#dataStart, this.#buffer.length);
  }

  /** The number of the buffer's first byte. */
  get #dataStart(): number {
    if (!this.#established) return advance(this.#iss, 1);
    return this.#finTaken ? advance(this.#first, -1) : this.#first;
  }

  // Handshake.

  sendSyn(flags: number): void {
    this.#synFlags = flags;
    this.next = this.highest = advance(this.#iss, 1);
    this.emit(this.#iss, 0, flags);
    this.#retransmit.arm(this.#rto);
  }

  retransmitSyn(): void {
    if (this.#synFlags) this.emit(this.#iss, 0, this.#synFlags);
  }

  acknowledgesSyn(ack: number): boolean {
    return this.#synFlags !== 0 && ack === advance(this.#iss, 1);
  }

  learnPeer(mss: number, scale: number): void {
    this.#mss = mss;
    this.#scale = scale;
    this.#congestion = INITIAL_WINDOW_SEGMENTS * mss;
  }

  establish(segment: TcpSegment): void {
    this.#established = true;
    this.#first = advance(this.#iss, 1);
    this.#retries = 0;
    this.#retransmit.cancel();
    this.#windowSeq = segment.seq;
    this.#windowAck = segment.ack;
    this.#setWindow(segment);
  }

  #setWindow(segment: TcpSegment): void {
    this.#window = segment.flags & TCP.syn ? segment.window : segment.window * 2 ** this.#scale;
    this.#windowMax = Math.max(this.#windowMax, this.#window);
  }

  // The user's side.

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || this.#ended) {
      return Promise.reject(this.#closed instanceof TcpError ? this.#closed : new TcpError('EPIPE'));
    }
    this.#buffer.push(bytes);
    this.output();
    if (this.#buffer.length <= HIGH_WATER_BYTES) return Promise.resolve();
    return new Promise((resolve, reject) => this.#writers.push({ resolve, reject }));
  }

  /** True if this call ended the stream. */
  end(): boolean {
    if (this.#ended || this.#closed) return false;
    this.#ended = true;
    return true;
  }

  copy(from: number, target: Uint8Array): void {
    this.#buffer.copy(distance(this.#dataStart, from), target);
  }

  /** Nothing more to send or to wait for. */
  stop(): void {
    this.#retransmit.stop();
    this.#probe.stop();
  }

  close(error: TcpError | undefined): void {
    this.stop();
    this.#closed = error ?? 'cleanly';
    this.#buffer.clear();
    for (const writer of this.#writers.splice(0)) writer.reject(error ?? new TcpError('EPIPE'));
  }

  // Sending.

  /** Sends all that the windows allow. */
  output(): void {
    if (!this.#established || this.#closed) return;
    while (this.#sendNext());
    const flight = distance(this.#first, this.highest);
    if (flight > 0 && !this.#retransmit.armed) this.#retransmit.arm(this.#rto);
    const unsent = distance(this.next, this.#end);
    if (unsent > 0 && flight === 0 && this.#window === 0 && !this.#probe.armed) this.#probe.arm(this.#probeDelayMs);
  }

  /** Sends one segment; false if there is none or it must wait. */
  #sendNext(): boolean {
    const unsent = distance(this.next, this.#end);
    const flight = distance(this.#first, this.next);
    if (unsent < 0) return false;
    const room = Math.min(this.#congestion, this.#window) - flight;
    const bytes = Math.min(this.#mss, unsent, room);
    if (unsent > 0) {
      if (bytes <= 0) return false;
      // A crumb of a longer text, only because the window is nearly full, waits (RFC 9293 section 3.8.6.2.1).
      if (bytes < this.#mss && bytes < unsent && flight > 0 && bytes < this.#windowMax / 2) return false;
    } else if (!this.#ended) return false;
    const withFin = this.#ended && Math.max(0, bytes) === unsent;
    this.#send(this.next, Math.max(0, bytes), withFin);
    this.next = advance(this.next, Math.max(0, bytes) + (withFin ? 1 : 0));
    if (after(this.next, this.highest)) this.highest = this.next;
    return true;
  }

  #send(from: number, bytes: number, withFin: boolean): void {
    const last = advance(from, bytes) === this.#end;
    const isNew = from === this.highest;
    if (isNew) this.#timed ??= { end: advance(from, Math.max(1, bytes)), sentMs: this.wire.clock.now() };
    this.emit(from, bytes, TCP.ack | (last && bytes > 0 ? TCP.psh : 0) | (withFin ? TCP.fin : 0));
  }

  /** Sends the first unacknowledged segment again. */
  #resendFirst(): void {
    const bytes = Math.min(this.#mss, this.#buffer.length);
    this.#timed = undefined;
    this.#send(this.#first, bytes, this.#ended && bytes === this.#buffer.length);
  }

  // Acknowledgements.

  receiveAck(segment: TcpSegment): void {
    const acked = distance(this.#first, segment.ack);
    const flight = distance(this.#first, this.highest);
    if (acked > 0) this.#advanceTo(segment.ack, acked);
    else if (acked === 0 && flight > 0 && this.#isDuplicate(segment)) this.#duplicate();
    if (before(segment.ack, this.#first)) return;
    // Only a newer segment may change the window (RFC 9293, SND.WL1 and SND.WL2).
    const newer = after(segment.seq, this.#windowSeq);
    if (newer || (segment.seq === this.#windowSeq && !before(segment.ack, this.#windowAck))) {
      this.#setWindow(segment);
      this.#windowSeq = segment.seq;
      this.#windowAck = segment.ack;
      if (this.#window > 0) {
        this.#probe.cancel();
        this.#probeDelayMs = RTO_MIN_MS;
      }
      // A peer that answers probes is alive, however long its reader sleeps (RFC 9293 section 3.8.6.1).
      else if (flight === 0) this.#retries = 0;
    }
  }

  #isDuplicate(segment: TcpSegment): boolean {
    const { flags, payload, window } = segment;
    return payload.length === 0 && !(flags & TCP.fin) && window * 2 ** this.#scale === this.#window;
  }

  #advanceTo(ack: number, acked: number): void {
    const bytes = Math.min(acked, this.#buffer.length);
    if (this.#ended && acked > bytes) this.#finTaken = true;
    this.#buffer.consume(bytes);
    this.#first = ack;
    if (before(this.next, ack)) this.next = ack;
    this.#measure(ack);
    this.#retries = 0;
    this.#grow(ack, acked);
    if (this.#first === this.highest) this.#retransmit.cancel();
    else this.#retransmit.arm(this.#rto);
    if (this.#buffer.length <= HIGH_WATER_BYTES) for (const writer of this.#writers.splice(0)) writer.resolve();
  }

  #grow(ack: number, acked: number): void {
    this.#duplicates = 0;
    if (this.#recover !== undefined) {
      if (!before(ack, this.#recover)) {
        this.#recover = undefined;
        this.#congestion = this.#threshold;
      } else {
        // A partial acknowledgement: the next hole begins right here (RFC 6582 section 3.2).
        this.#congestion = Math.max(this.#mss, this.#congestion - acked + this.#mss);
        this.#resendFirst();
      }
    } else if (this.#congestion < this.#threshold) this.#congestion += acked;
    else this.#congestion += Math.max(1, Math.floor((this.#mss * acked) / this.#congestion));
  }

  #duplicate(): void {
    this.#duplicates += 1;
    if (this.#recover !== undefined) this.#congestion += this.#mss;
    else if (this.#duplicates === 3) {
      this.#threshold = Math.max(distance(this.#first, this.highest) / 2, 2 * this.#mss);
      this.#recover = this.highest;
      this.#congestion = this.#threshold + 3 * this.#mss;
      this.#resendFirst();
    }
  }

  /** Round trip time, only from segments that were sent once (Karn). */
  #measure(ack: number): void {
    if (!this.#timed || before(ack, this.#timed.end)) return;
    const rtt = this.wire.clock.now() - this.#timed.sentMs;
    this.#timed = undefined;
    if (this.#smoothedRtt === undefined) {
      this.#smoothedRtt = rtt;
      this.#rttVariance = rtt / 2;
    } else {
      this.#rttVariance = 0.75 * this.#rttVariance + 0.25 * Math.abs(this.#smoothedRtt - rtt);
      this.#smoothedRtt = 0.875 * this.#smoothedRtt + 0.125 * rtt;
    }
    this.#rto = Math.min(RTO_MAX_MS, Math.max(RTO_MIN_MS, this.#smoothedRtt + 4 * this.#rttVariance));
  }

  // Timers.

  #backOff(): boolean {
    this.#retries += 1;
    this.#rto = Math.min(RTO_MAX_MS, this.#rto * 2);
    if (this.#retries <= (this.#established ? DATA_RETRIES : SYN_RETRIES)) return true;
    this.fail('ETIMEDOUT');
    return false;
  }

  #expired(): void {
    if (!this.#backOff()) return;
    this.#timed = undefined;
    if (!this.#established) {
      this.retransmitSyn();
      this.#retransmit.arm(this.#rto);
      return;
    }
    this.#threshold = Math.max(distance(this.#first, this.highest) / 2, 2 * this.#mss);
    this.#congestion = this.#mss;
    this.#recover = undefined;
    this.#duplicates = 0;
    this.#resendFirst();
    // Everything behind it counts as lost: it follows as acknowledgements open the window again.
    const bytes = Math.min(this.#mss, this.#buffer.length);
    const withFin = this.#ended && bytes === this.#buffer.length;
    this.next = advance(this.#first, bytes + (withFin ? 1 : 0));
    this.#retransmit.arm(this.#rto);
  }

  /** The peer's window is shut: an old number makes it answer with the present one. */
  #sendProbe(): void {
    if (this.#closed || this.#window > 0 || distance(this.next, this.#end) <= 0) return;
    this.#retries += 1;
    if (this.#retries > DATA_RETRIES) return this.fail('ETIMEDOUT');
    this.emit(advance(this.#first, -1), 0, TCP.ack);
    this.#probeDelayMs = Math.min(RTO_MAX_MS, this.#probeDelayMs * 2);
    this.#probe.arm(this.#probeDelayMs);
  }
}
