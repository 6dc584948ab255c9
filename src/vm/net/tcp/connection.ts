// One TCP connection: the state machine of RFC 9293 section 3.10, receiving side and sending side put together. tcp.ts creates
// connections and hands them their segments; they speak to the wire through `Wire`.
import { TCP, type TcpHeaderFields, type TcpSegment } from '../../../protocol/net/tcp.ts';
import { Alarm, type Clock } from '../clock.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { advance, after, distance } from './sequence.ts';
import { TcpError, type TcpEndpoint, type TcpErrorCode, type TcpStream } from './stream.ts';

/** States as the RFC (and `ss`) names them. */
export type TcpState =
  | 'SYN_SENT'
  | 'SYN_RECEIVED'
  | 'ESTABLISHED'
  | 'FIN_WAIT_1'
  | 'FIN_WAIT_2'
  | 'CLOSE_WAIT'
  | 'CLOSING'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSED';

/** What a connection needs of the layer below. */
export interface Wire {
  readonly clock: Clock;
  /** The largest segment that fits our link. */
  readonly mss: number;
  readonly random: () => number;
  send(
    connection: TcpConnection,
    header: TcpHeaderFields,
    payloadBytes: number,
    fill: (target: Uint8Array) => void,
  ): void;
  /** The connection is over and may be forgotten. */
  over(connection: TcpConnection): void;
}

/** RFC 9293 says twice the segment lifetime; on a wire that is a function call, this is plenty. */
const TIME_WAIT_MS = 2000;
/** Acknowledge at the latest this long after a segment; every second segment is acknowledged at once. */
const DELAYED_ACK_MS = 2;
/** Answers to segments that do not fit, at most one in this time, so that two confused ends do not talk forever (RFC 5961). */
const CHALLENGE_INTERVAL_MS = 50;
const WINDOW_SCALE = 7;

const noBytes = (): void => {};

export class TcpConnection implements TcpStream {
  state: TcpState;
  readonly closed: Promise<TcpError | undefined>;
  /** Settles with the handshake. */
  readonly opened: Promise<TcpStream>;
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  readonly #delayedAck: Alarm;
  readonly #timeWait: Alarm;
  #lastChallengeMs = -Infinity;
  #unacknowledged = 0;
  /** Both ends said so in their SYN. */
  #sackPermitted = false;
  #settleClosed: (error: TcpError | undefined) => void = () => {};
  #settleOpened: { resolve(stream: TcpStream): void; reject(error: TcpError): void };

  constructor(
    readonly local: TcpEndpoint,
    readonly remote: TcpEndpoint,
    private readonly wire: Wire,
    /** The peer's SYN; without it we send ours. */
    private readonly syn?: TcpSegment,
  ) {
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
    let settle!: { resolve(stream: TcpStream): void; reject(error: TcpError): void };
    this.opened = new Promise((resolve, reject) => (settle = { resolve, reject }));
    this.opened.catch(() => {});
    this.#settleOpened = settle;
    this.#receiver = new Receiver(() => this.#acknowledge(), wire.mss);
    this.#sender = new Sender(
      wire,
      (from, bytes, flags) => this.#emit(from, bytes, flags),
      (code) => this.#fail(code),
    );
    this.#delayedAck = new Alarm(wire.clock, () => this.#acknowledge());
    this.#timeWait = new Alarm(wire.clock, () => this.#finish(undefined));
    this.state = syn ? 'SYN_RECEIVED' : 'SYN_SENT';
    if (syn) this.#learnPeer(syn);
  }

  /** Start the handshake: SYN, or SYN+ACK to the peer's. */
  open(): void {
    this.#sender.sendSyn(this.syn ? TCP.syn | TCP.ack : TCP.syn);
  }

  /** Say no to the peer's SYN. */
  refuse(): void {
    this.#reset();
    this.#finish(new TcpError('ECONNREFUSED'));
  }

  // What the user calls.

  read(): Promise<Uint8Array | null> {
    return this.#receiver.read();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#sender.write(bytes);
  }

  end(): void {
    if (!this.#sender.end()) return;
    if (this.state === 'ESTABLISHED') this.state = 'FIN_WAIT_1';
    else if (this.state === 'CLOSE_WAIT') this.state = 'LAST_ACK';
    this.#sender.output();
  }

  abort(): void {
    if (this.state === 'CLOSED') return;
    if (this.state !== 'SYN_SENT' && this.state !== 'TIME_WAIT') this.#reset();
    this.#finish(new TcpError('ECONNABORTED'));
  }

  // What tcp.ts calls.

  /** The machine on the other side is gone; nobody is told. */
  drop(): void {
    this.#finish(new TcpError('ECONNRESET'));
  }

  /** An ICMP error came back for one of our segments: fatal only to a connection that is not up yet (RFC 5461). */
  unreachable(code: TcpErrorCode): void {
    if (this.state === 'SYN_SENT') this.#finish(new TcpError(code));
  }

  /** May a new SYN take this tuple over? (RFC 9293 section 3.6.1: from TIME_WAIT, if its number is higher.) */
  replaceableBy(segment: TcpSegment): boolean {
    return this.state === 'TIME_WAIT' && after(segment.seq, this.#receiver.next);
  }

  receive(segment: TcpSegment): void {
    if (this.state === 'CLOSED') return;
    if (this.state === 'SYN_SENT') return this.#receiveInSynSent(segment);
    if (!this.#acceptable(segment)) {
      if (segment.flags & TCP.rst) return;
      // Bytes once more: the peer has not heard our acknowledgement, or was too quick. It must hear so now.
      if (segment.payload.length === 0) return this.#challenge();
      this.#receiver.repeated(segment.seq, segment.payload.length);
      return this.#acknowledge();
    }
    if (segment.flags & TCP.rst) {
      // Only the exact next number resets; others might be forged or old (RFC 5961 section 3.2).
      if (segment.seq === this.#receiver.next)
        this.#fail(this.state === 'SYN_RECEIVED' ? 'ECONNREFUSED' : 'ECONNRESET');
      else this.#challenge();
      return;
    }
    if (segment.flags & TCP.syn) {
      if (this.state === 'SYN_RECEIVED' && segment.seq === this.syn?.seq) this.#sender.retransmitSyn();
      else this.#challenge();
      return;
    }
    if (!(segment.flags & TCP.ack)) return;
    if (this.state === 'SYN_RECEIVED') {
      if (!this.#sender.acknowledgesSyn(segment.ack)) return this.#resetFor(segment);
      this.#establish(segment);
    }
    this.#receiveAck(segment);
    if (this.#over) return;
    this.#receiveData(segment);
    this.#sender.output();
  }

  get #over(): boolean {
    return this.state === 'CLOSED';
  }

  #receiveInSynSent(segment: TcpSegment): void {
    const ackFits = (segment.flags & TCP.ack) !== 0 && this.#sender.acknowledgesSyn(segment.ack);
    if (segment.flags & TCP.ack && !ackFits) return segment.flags & TCP.rst ? undefined : this.#resetFor(segment);
    if (segment.flags & TCP.rst) return ackFits ? this.#finish(new TcpError('ECONNREFUSED')) : undefined;
    // A simultaneous open (SYN without ACK) does not occur here: nobody connects to our ephemeral ports.
    if (!(segment.flags & TCP.syn) || !ackFits) return;
    this.#learnPeer(segment);
    this.#establish(segment);
    this.#receiveAck(segment);
    this.#acknowledge();
    this.#sender.output();
  }

  #learnPeer(syn: TcpSegment): void {
    const scaled = syn.windowScale !== undefined;
    this.#receiver.start(advance(syn.seq, 1), scaled ? WINDOW_SCALE : 0);
    this.#sackPermitted = syn.sackPermitted === true;
    const mss = Math.min(this.wire.mss, Math.max(64, syn.mss ?? 536));
    this.#sender.learnPeer(mss, syn.windowScale ?? 0, this.#sackPermitted);
  }

  #establish(segment: TcpSegment): void {
    this.state = 'ESTABLISHED';
    this.#sender.establish(segment);
    this.#settleOpened.resolve(this);
    if (this.#sender.ended) this.state = 'FIN_WAIT_1';
  }

  /** RFC 9293 section 3.10.7.4, "first, check sequence number". */
  #acceptable(segment: TcpSegment): boolean {
    const length = segment.payload.length + (segment.flags & TCP.syn ? 1 : 0) + (segment.flags & TCP.fin ? 1 : 0);
    const start = distance(this.#receiver.next, segment.seq);
    const window = this.#receiver.window;
    if (length === 0) return start === 0 || (start > 0 && start < window);
    if (window === 0) return false;
    return start < window && start + length > 0;
  }

  #receiveAck(segment: TcpSegment): void {
    if (after(segment.ack, this.#sender.next)) return this.#challenge();
    this.#sender.receiveAck(segment);
    if (!this.#sender.finAcknowledged) return;
    if (this.state === 'FIN_WAIT_1') this.state = 'FIN_WAIT_2';
    else if (this.state === 'CLOSING') this.#waitOut();
    else if (this.state === 'LAST_ACK') this.#finish(undefined);
  }

  #receiveData(segment: TcpSegment): void {
    const hasFin = (segment.flags & TCP.fin) !== 0;
    if (segment.payload.length === 0 && !hasFin) return;
    const expected = this.#receiver.next;
    const finished = this.#receiver.accept(segment.seq, segment.payload, hasFin);
    if (finished) this.#peerFinished();
    const arrived = distance(expected, this.#receiver.next);
    this.#unacknowledged += arrived;
    // Out of order or repeated: answer at once, it drives the peer's fast retransmit. Otherwise every second full segment.
    const urgent = arrived === 0 || finished || this.#receiver.hole;
    if (urgent || this.#unacknowledged >= 2 * this.#receiver.peerSegmentBytes) this.#acknowledge();
    else if (!this.#delayedAck.armed) this.#delayedAck.arm(DELAYED_ACK_MS);
  }

  #peerFinished(): void {
    if (this.state === 'ESTABLISHED') this.state = 'CLOSE_WAIT';
    else if (this.state === 'FIN_WAIT_1') this.state = 'CLOSING';
    else if (this.state === 'FIN_WAIT_2') this.#waitOut();
  }

  #waitOut(): void {
    this.state = 'TIME_WAIT';
    this.#sender.stop();
    this.#timeWait.arm(TIME_WAIT_MS);
    this.#settleClosed(undefined);
  }

  // Segments out.

  #acknowledge(): void {
    if (this.#over || this.state === 'SYN_SENT' || this.state === 'SYN_RECEIVED') return;
    // SND.NXT, also while older segments are sent again: the peer would take a lower number for an old segment and not read its
    // acknowledgement, and two ends that both retransmit would never hear each other.
    this.#emit(this.#sender.next, 0, TCP.ack);
  }

  #challenge(): void {
    const now = this.wire.clock.now();
    if (now - this.#lastChallengeMs < CHALLENGE_INTERVAL_MS) {
      // The peer may be waiting for it (a zero window probe is such a segment): late, but not never.
      if (!this.#delayedAck.armed) this.#delayedAck.arm(CHALLENGE_INTERVAL_MS);
      return;
    }
    this.#lastChallengeMs = now;
    this.#acknowledge();
  }

  /** Every segment of a live connection leaves here; each carries the newest acknowledgement and window. */
  #emit(from: number, payloadBytes: number, flags: number): void {
    const isSyn = (flags & TCP.syn) !== 0;
    if (flags & TCP.ack) {
      this.#unacknowledged = 0;
      this.#delayedAck.cancel();
    }
    const offersScale = isSyn && (!this.syn || this.syn.windowScale !== undefined);
    const offersSack = isSyn && (!this.syn || this.#sackPermitted);
    // Only beside no data, so that a segment of data is always as long as the peer said.
    const sack = this.#sackPermitted && flags === TCP.ack && payloadBytes === 0 ? this.#receiver.takeSack() : undefined;
    const header: TcpHeaderFields = {
      sourcePort: this.local.port,
      destinationPort: this.remote.port,
      seq: from,
      ack: flags & TCP.ack ? this.#receiver.next : 0,
      flags,
      window: this.#receiver.advertise(isSyn),
      ...(isSyn ? { mss: this.wire.mss } : {}),
      ...(offersScale ? { windowScale: WINDOW_SCALE } : {}),
      ...(offersSack ? { sackPermitted: true } : {}),
      ...(sack ? { sack } : {}),
    };
    const fill = payloadBytes === 0 ? noBytes : (target: Uint8Array): void => this.#sender.copy(from, target);
    this.wire.send(this, header, payloadBytes, fill);
  }

  #reset(): void {
    this.#emit(this.#sender.next, 0, TCP.rst | TCP.ack);
  }

  #resetFor(segment: TcpSegment): void {
    const { port: sourcePort } = this.local;
    const header = {
      sourcePort,
      destinationPort: this.remote.port,
      seq: segment.ack,
      ack: 0,
      flags: TCP.rst,
      window: 0,
    };
    this.wire.send(this, header, 0, noBytes);
  }

  // The end.

  #fail(code: TcpErrorCode): void {
    if (code === 'ETIMEDOUT' && this.state !== 'SYN_SENT') this.#reset();
    this.#finish(new TcpError(code));
  }

  #finish(error: TcpError | undefined): void {
    if (this.#over) return;
    this.state = 'CLOSED';
    this.#delayedAck.stop();
    this.#timeWait.stop();
    this.#sender.close(error);
    this.#receiver.close(error);
    this.#settleOpened.reject(error ?? new TcpError('ECONNABORTED'));
    this.#settleClosed(error);
    this.wire.over(this);
  }
}
