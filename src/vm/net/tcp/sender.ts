// The sending half of a connection: windows, slow start and congestion avoidance (RFC 5681), recovery of what the scoreboard calls
// lost (RFC 6675), a probe when the end of a burst stays unanswered (RFC 8985), the retransmission timer, zero window probes.
import { TCP, type TcpSegment } from '../../../protocol/net/tcp.ts';
import { Alarm } from '../clock.ts';
import type { Wire } from './connection.ts';
import { RoundTrip, RTO_MAX_MS } from './rtt.ts';
import { Scoreboard } from './scoreboard.ts';
import { SendBuffer } from './send-buffer.ts';
import { advance, after, before, distance } from './sequence.ts';
import { TcpError, type TcpErrorCode } from './stream.ts';

/** write() waits while more than this is not yet acknowledged. */
const HIGH_WATER_BYTES = 1 << 20;
const WINDOW_PROBE_MS = 300;
const SYN_RETRIES = 6;
const DATA_RETRIES = 12;
const INITIAL_WINDOW_SEGMENTS = 10;

type Emit = (from: number, payloadBytes: number, flags: number) => void;

export class Sender {
  /** SND.NXT: what goes out next for the first time; an acknowledgement beyond it is nonsense. */
  next: number;
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
  #synSentMs = 0;
  #mss = 536;
  #window = 0;
  #windowMax = 0;
  #windowSeq = 0;
  #windowAck = 0;
  #scale = 0;
  #congestion = 0;
  #threshold = Infinity;
  /** Duplicate acknowledgements of a peer without SACK. */
  #duplicates = 0;
  #sack = false;
  /** While what was lost is made good: the next number when that began; `timeout`: it was the timer that said so. */
  #recovery: { readonly end: number; readonly timeout: boolean } | undefined;
  /** How to take a halving back, if all that was sent again since turns out to have arrived twice (RFC 3708). */
  #undo:
    { readonly congestion: number; readonly threshold: number; resent: number; readonly repeats: number } | undefined;
  /** A tail probe is out, and nothing has been heard since. */
  #probed = false;
  readonly #roundTrip = new RoundTrip();
  readonly #board = new Scoreboard(this.#roundTrip);
  #retries = 0;
  #windowProbeMs = WINDOW_PROBE_MS;
  readonly #retransmit: Alarm;
  readonly #reorder: Alarm;
  readonly #tail: Alarm;
  readonly #windowProbe: Alarm;

  constructor(
    private readonly wire: Wire,
    private readonly emit: Emit,
    private readonly fail: (code: TcpErrorCode) => void,
  ) {
    this.#iss = Math.floor(wire.random() * 2 ** 32) >>> 0;
    this.next = this.#first = this.#iss;
    this.#retransmit = new Alarm(wire.clock, () => this.#expired());
    this.#reorder = new Alarm(wire.clock, () => this.#lookForLosses());
    this.#tail = new Alarm(wire.clock, () => this.#probeTail());
    this.#windowProbe = new Alarm(wire.clock, () => this.#probeWindow());
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
    this.next = advance(this.#iss, 1);
    this.#synSentMs = this.wire.clock.now();
    this.emit(this.#iss, 0, flags);
    this.#retransmit.arm(this.#roundTrip.rto);
  }

  retransmitSyn(): void {
    if (this.#synFlags) this.emit(this.#iss, 0, this.#synFlags);
  }

  acknowledgesSyn(ack: number): boolean {
    return this.#synFlags !== 0 && ack === advance(this.#iss, 1);
  }

  learnPeer(mss: number, scale: number, sack: boolean): void {
    this.#mss = mss;
    this.#sack = sack;
    this.#scale = scale;
    this.#congestion = INITIAL_WINDOW_SEGMENTS * mss;
  }

  establish(segment: TcpSegment): void {
    this.#established = true;
    this.#first = advance(this.#iss, 1);
    if (this.#retries === 0) this.#roundTrip.measured(this.wire.clock.now() - this.#synSentMs);
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
    for (const alarm of [this.#retransmit, this.#reorder, this.#tail, this.#windowProbe]) alarm.stop();
  }

  close(error: TcpError | undefined): void {
    this.stop();
    this.#closed = error ?? 'cleanly';
    this.#buffer.clear();
    for (const writer of this.#writers.splice(0)) writer.reject(error ?? new TcpError('EPIPE'));
  }

  // Sending.

  /** Sends all that the windows allow, what was lost first. */
  output(): void {
    if (!this.#established || this.#closed) return;
    while (this.#board.hasLost && this.#inFlight < this.#congestion) this.#resendLost();
    while (this.#sendNext());
    const flight = distance(this.#first, this.next);
    if (flight > 0 && !this.#retransmit.armed) this.#retransmit.arm(this.#roundTrip.rto);
    if (flight > 0 && this.#sack && !this.#recovery && !this.#probed && !this.#tail.armed)
      this.#tail.arm(this.#roundTrip.probeDelay(this.#board.segments === 1));
    const unsent = distance(this.next, this.#end);
    if (unsent > 0 && flight === 0 && this.#window === 0 && !this.#windowProbe.armed)
      this.#windowProbe.arm(this.#windowProbeMs);
  }

  /** Bytes on the wire; each duplicate acknowledgement of a peer without SACK says that one segment has left it. */
  get #inFlight(): number {
    return Math.max(0, this.#board.inFlight - this.#duplicates * this.#mss);
  }

  /** Sends one segment of new bytes; false if there is none or it must wait. */
  #sendNext(): boolean {
    const unsent = distance(this.next, this.#end);
    const flight = distance(this.#first, this.next);
    if (unsent < 0) return false;
    const room = Math.min(this.#congestion - this.#inFlight, this.#window - flight);
    const bytes = Math.max(0, Math.min(this.#mss, unsent, room));
    if (unsent > 0) {
      if (bytes <= 0) return false;
      // A crumb of a longer text, only because the window is nearly full, waits (RFC 9293 section 3.8.6.2.1).
      if (bytes < this.#mss && bytes < unsent && flight > 0 && bytes < this.#windowMax / 2) return false;
    } else if (!this.#ended) return false;
    const end = advance(this.next, bytes + (this.#ended && bytes === unsent ? 1 : 0));
    const from = this.next;
    this.next = end;
    this.#board.sent(from, end, this.wire.clock.now());
    this.#send(from, end);
    return true;
  }

  /** Sends the bytes of a stretch; a stretch that ends behind the last byte has the FIN in it. */
  #send(from: number, end: number): void {
    const withFin = after(end, this.#end);
    const bytes = distance(from, end) - (withFin ? 1 : 0);
    const last = advance(from, bytes) === this.#end;
    this.emit(from, bytes, TCP.ack | (last && bytes > 0 ? TCP.psh : 0) | (withFin ? TCP.fin : 0));
  }

  #resendLost(): void {
    const lost = this.#board.takeLost(this.wire.clock.now());
    if (!lost) return;
    if (this.#undo) this.#undo.resent += 1;
    this.#send(lost.from, lost.end);
  }

  // Acknowledgements.

  receiveAck(segment: TcpSegment): void {
    const acked = distance(this.#first, segment.ack);
    if (acked < 0) return;
    const flight = distance(this.#first, this.next);
    const told = this.#board.acknowledged(segment.ack, segment.sack ?? [], this.wire.clock.now());
    if (acked > 0) this.#advanceTo(segment.ack, acked);
    else if (!this.#sack && flight > 0 && this.#isDuplicate(segment)) this.#duplicate();
    if (told) {
      this.#probed = false;
      this.#tail.cancel();
    }
    if (this.#undo && this.#board.repeats - this.#undo.repeats >= this.#undo.resent) this.#takeBack(this.#undo);
    if (this.#sack && (this.#board.hasHole || this.#recovery)) this.#lookForLosses();
    // Only a newer segment may change the window (RFC 9293, SND.WL1 and SND.WL2).
    const newer = after(segment.seq, this.#windowSeq);
    if (newer || (segment.seq === this.#windowSeq && !before(segment.ack, this.#windowAck))) {
      this.#setWindow(segment);
      this.#windowSeq = segment.seq;
      this.#windowAck = segment.ack;
      if (this.#window > 0) {
        this.#windowProbe.cancel();
        this.#windowProbeMs = WINDOW_PROBE_MS;
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
    this.#retries = 0;
    this.#grow(ack, acked);
    if (ack === this.next) {
      this.#retransmit.cancel();
      this.#reorder.cancel();
    } else this.#retransmit.arm(this.#roundTrip.rto);
    if (this.#buffer.length <= HIGH_WATER_BYTES) for (const writer of this.#writers.splice(0)) writer.resolve();
  }

  #grow(ack: number, acked: number): void {
    const recovery = this.#recovery;
    const partial = recovery !== undefined && before(ack, recovery.end);
    if (!partial) this.#recovery = undefined;
    // Without SACK the next hole begins right where a partial acknowledgement ends (RFC 6582 section 3.2).
    if (!this.#sack) {
      this.#duplicates = partial ? Math.max(0, this.#duplicates - Math.ceil(acked / this.#mss) + 1) : 0;
      if (partial) this.#board.loseFirst();
    }
    if (recovery && !recovery.timeout) return;
    if (this.#congestion < this.#threshold) this.#congestion += acked;
    else this.#congestion += Math.max(1, Math.floor((this.#mss * acked) / this.#congestion));
  }

  #duplicate(): void {
    this.#duplicates += 1;
    if (this.#recovery || this.#duplicates < 3) return;
    this.#board.loseFirst();
    this.#recover(false);
  }

  /** Asks the scoreboard, now and again when a segment that is only late until then would be lost. */
  #lookForLosses(): void {
    const again = this.#board.detect(this.wire.clock.now(), this.#recovery !== undefined);
    if (again === undefined) this.#reorder.cancel();
    else this.#reorder.arm(again);
    if (!this.#board.hasLost) return;
    if (!this.#recovery) this.#recover(false);
    this.output();
  }

  /** Half of what is on the way, as the network was too full for it; the first lost segment goes at once. */
  #recover(timeout: boolean): void {
    if (this.#sack) this.#noteForUndo();
    this.#threshold = Math.max(distance(this.#first, this.next) / 2, 2 * this.#mss);
    this.#congestion = timeout ? this.#mss : this.#threshold;
    this.#recovery = { end: this.next, timeout };
    this.#tail.cancel();
    this.#resendLost();
  }

  #noteForUndo(): void {
    const { repeats } = this.#board;
    const before = this.#undo ?? { congestion: this.#congestion, threshold: this.#threshold, resent: 0 };
    this.#undo = { ...before, repeats: this.#undo?.repeats ?? repeats };
  }

  /** Nothing was lost, it was only late. */
  #takeBack({ congestion, threshold }: { readonly congestion: number; readonly threshold: number }): void {
    this.#congestion = Math.max(this.#congestion, congestion);
    this.#threshold = Math.max(this.#threshold, threshold);
    this.#recovery = undefined;
    this.#undo = undefined;
  }

  // Timers.

  #backOff(): boolean {
    this.#retries += 1;
    this.#roundTrip.backOff();
    if (this.#retries <= (this.#established ? DATA_RETRIES : SYN_RETRIES)) return true;
    this.fail('ETIMEDOUT');
    return false;
  }

  #expired(): void {
    if (!this.#backOff()) return;
    if (this.#established) {
      this.#duplicates = 0;
      this.#board.loseAll();
      this.#recover(true);
    } else this.retransmitSyn();
    this.#retransmit.arm(this.#roundTrip.rto);
  }

  /** Nothing came back for two round trips: one more segment, so that its acknowledgement tells what is missing. */
  #probeTail(): void {
    if (this.#closed || this.#recovery || this.next === this.#first) return;
    this.#probed = true;
    if (!this.#sendNext()) {
      const last = this.#board.takeLast(this.wire.clock.now());
      if (last) this.#send(last.from, last.end);
    }
    this.#retransmit.arm(this.#roundTrip.rto);
  }

  /** The peer's window is shut: an old number makes it answer with the present one. */
  #probeWindow(): void {
    if (this.#closed || this.#window > 0 || distance(this.next, this.#end) <= 0) return;
    this.#retries += 1;
    if (this.#retries > DATA_RETRIES) return this.fail('ETIMEDOUT');
    this.emit(advance(this.#first, -1), 0, TCP.ack);
    this.#windowProbeMs = Math.min(RTO_MAX_MS, this.#windowProbeMs * 2);
    this.#windowProbe.arm(this.#windowProbeMs);
  }
}
