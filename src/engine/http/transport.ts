// A connection's two directions with a receive buffer: what server and client parse from. A socket in the guest, memory in unit tests.

import { indexOf } from '../sys/bytes.ts';
import { closeQuietly, writeParts } from '../sys/file.ts';
import { native } from '../sys/native.ts';
import { shutdown } from '../sys/socket.ts';
import type { AbortSignal } from '../loop/abort.ts';
import { FdReader, type ByteReader, type ByteWriter } from '../loop/stream.ts';
import { hangup, writable } from '../loop/wait.ts';
import { HttpError } from './message.ts';

const HEAD_LIMIT_BYTES = 64 * 1024;

/** The bytes below HTTP. */
export interface Transport {
  /** -1 for one in memory. */
  readonly fd: number;
  /** Bytes that are here without waiting: null at the end, undefined if none. */
  tryRead(): Uint8Array | null | undefined;
  /** Resolves when tryRead() is worth another try. */
  wait(): Promise<void>;
  /** Sends the parts, in one call if the socket takes them. Resolves when all are with the kernel. */
  send(...parts: (Uint8Array | string)[]): Promise<void>;
  /** Half-close: the peer sees the end, and can still send. */
  endWrite(): void;
  close(): void;
  /** Resolves when the peer is gone. */
  hangup(signal: AbortSignal): Promise<void>;
}

const SENT = Promise.resolve();

/** A connected stream socket. */
export class SocketTransport implements Transport {
  readonly #reader: FdReader;
  #open = true;
  constructor(readonly fd: number) {
    this.#reader = new FdReader(fd);
  }
  wait(): Promise<void> {
    return this.#reader.wait();
  }
  tryRead(): Uint8Array | null | undefined {
    return this.#reader.tryRead();
  }
  send(...parts: (Uint8Array | string)[]): Promise<void> {
    try {
      const rest = writeParts(this.fd, ...parts);
      return rest ? this.#sendLater(rest) : SENT;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
  async #sendLater(bytes: Uint8Array): Promise<void> {
    for (let rest: Uint8Array | undefined = bytes; rest; rest = writeParts(this.fd, rest)) await writable(this.fd);
  }
  endWrite(): void {
    if (this.#open) shutdown(this.fd, 'WR');
  }
  close(): void {
    if (this.#open) closeQuietly(this.fd);
    this.#open = false;
  }
  hangup(signal: AbortSignal): Promise<void> {
    return hangup(this.fd, signal);
  }
}

const EMPTY = new Uint8Array(0);

/** Received bytes that have not been taken yet, over a transport. */
export class Inbox {
  // The bytes not yet taken are #bytes[#start…]; QuickJS makes a subarray slowly, so that they stay in place.
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  constructor(readonly transport: Transport) {}

  get buffered(): number {
    return this.#bytes.byteLength - this.#start;
  }
  /** Everything buffered, taken. */
  takeAll(): Uint8Array {
    const bytes = this.#start === 0 ? this.#bytes : this.#bytes.subarray(this.#start);
    this.#bytes = EMPTY;
    this.#start = 0;
    return bytes;
  }
  /** Reads what has arrived; to be called after transport.wait(). False at the end of the stream. */
  receive(): boolean {
    const more = this.transport.tryRead();
    if (more === null) return false;
    if (more === undefined) return true;
    this.#bytes = this.#start === this.#bytes.byteLength ? more : join(this.takeAll(), more);
    this.#start = 0;
    return true;
  }
  /** The next piece, at most limit bytes, if one is here. */
  takeNow(limit: number): Uint8Array | undefined {
    const length = this.buffered;
    if (length === 0) return undefined;
    if (length <= limit) return this.takeAll();
    const piece = this.#bytes.subarray(this.#start, this.#start + limit);
    this.#start += limit;
    return piece;
  }
  /** The next piece, at most limit bytes; null at the end. */
  async take(limit: number): Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.takeNow(limit);
      if (piece) return piece;
      await this.transport.wait();
      if (!this.receive()) return null;
    }
  }
  /** The lines of a message's head (see Native.parseHead), if it is here whole. Throws HttpError if it is malformed or too large. */
  takeHead(): string[] | undefined {
    // RFC 9112 2.2: an empty line before a request line is ignored.
    while (this.#bytes[this.#start] === 13 && this.#bytes[this.#start + 1] === 10) this.#start += 2;
    const end = native.headEnd(this.#bytes, this.#start, this.#bytes.byteLength);
    if ((end < 0 ? this.#bytes.byteLength : end) - this.#start > HEAD_LIMIT_BYTES)
      throw new HttpError(431, 'header too large');
    if (end < 0) return undefined;
    const lines = native.parseHead(this.#bytes, this.#start, end);
    if (!lines) throw new HttpError(400, 'malformed header');
    this.#start = end;
    return lines;
  }
  /** A line with its line break. Throws HttpError past limit or if the stream ends before it. */
  async takeLine(limit: number, status: number): Promise<Uint8Array> {
    for (;;) {
      const at = indexOf(this.#bytes, '\r\n', this.#start);
      const length = (at < 0 ? this.#bytes.byteLength : at + 2) - this.#start;
      if (length > limit) throw new HttpError(status, `no end of line within ${limit} bytes`);
      if (at >= 0) return this.takeNow(length) as Uint8Array;
      await this.transport.wait();
      if (!this.receive()) throw new HttpError(400, 'the connection ended inside a message');
    }
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.byteLength + b.byteLength);
  whole.set(a);
  whole.set(b, a.byteLength);
  return whole;
}

/** A connection that HTTP has given up: raw bytes in both directions. */
export class Hijacked implements ByteReader, ByteWriter {
  readonly #inbox: Inbox;
  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }
  /** The socket: a caller that takes it over itself must first use takeLeftover(). -1 in unit tests. */
  get fd(): number {
    return this.#inbox.transport.fd;
  }
  /** Bytes that the peer sent right behind its head. */
  takeLeftover(): Uint8Array {
    return this.#inbox.takeAll();
  }
  read(): Promise<Uint8Array | null> {
    return this.#inbox.take(Infinity);
  }
  write(bytes: Uint8Array): Promise<void> {
    return this.#inbox.transport.send(bytes);
  }
  /** Half-close: the peer's reads end, ours go on. */
  end(): Promise<void> {
    this.#inbox.transport.endWrite();
    return Promise.resolve();
  }
  close(): void {
    this.#inbox.transport.close();
  }
  /** Resolves when the peer has closed its sending side or is gone. */
  hangup(signal: AbortSignal): Promise<void> {
    return this.#inbox.transport.hangup(signal);
  }
}
