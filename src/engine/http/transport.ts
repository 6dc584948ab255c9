// A connection's two directions with a receive buffer: what server and client parse from. A socket in the guest, memory in unit tests.

import { indexOf } from '../sys/bytes.ts';
import { raw } from '../sys/error.ts';
import { closeQuietly } from '../sys/file.ts';
import { shutdown } from '../sys/socket.ts';
import type { AbortSignal } from '../loop/abort.ts';
import { FdReader, FdWriter, type ByteReader, type ByteWriter } from '../loop/stream.ts';
import { hangup } from '../loop/wait.ts';
import { HttpError } from './message.ts';

/** The bytes below HTTP. */
export interface Transport {
  /** -1 for one in memory. */
  readonly fd: number;
  /** Bytes that are here without waiting: null at the end, undefined if none. */
  tryRead(): Uint8Array | null | undefined;
  /** Resolves when tryRead() is worth another try. */
  wait(): Promise<void>;
  /** Sends at once as much as goes: number of bytes taken. */
  tryWrite(bytes: Uint8Array): number;
  write(bytes: Uint8Array): Promise<void>;
  /** Half-close: the peer sees the end, and can still send. */
  endWrite(): void;
  close(): void;
  /** Resolves when the peer is gone. */
  hangup(signal: AbortSignal): Promise<void>;
}

/** A connected stream socket. */
export class SocketTransport implements Transport {
  readonly #reader: FdReader;
  readonly #writer: FdWriter;
  #open = true;
  constructor(readonly fd: number) {
    this.#reader = new FdReader(fd);
    this.#writer = new FdWriter(fd);
  }
  wait(): Promise<void> {
    return this.#reader.wait();
  }
  tryRead(): Uint8Array | null | undefined {
    return this.#reader.tryRead();
  }
  tryWrite(bytes: Uint8Array): number {
    const n = raw('write', this.fd, bytes, bytes.byteLength);
    return n > 0 ? n : 0;
  }
  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
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
  #bytes: Uint8Array = EMPTY;
  constructor(readonly transport: Transport) {}

  get buffered(): number {
    return this.#bytes.byteLength;
  }
  /** Everything buffered, taken. */
  takeAll(): Uint8Array {
    const bytes = this.#bytes;
    this.#bytes = EMPTY;
    return bytes;
  }
  /** Waits until there is more: false at the end of the stream. */
  async fill(): Promise<boolean> {
    for (;;) {
      await this.transport.wait();
      const more = this.transport.tryRead();
      if (more === null) return false;
      if (more === undefined) continue;
      this.#bytes = join(this.#bytes, more);
      return true;
    }
  }
  /** The next piece, at most limit bytes, if one is here. */
  takeNow(limit: number): Uint8Array | undefined {
    const length = this.#bytes.byteLength;
    if (length === 0) return undefined;
    if (length <= limit) return this.takeAll();
    const piece = this.#bytes.subarray(0, limit);
    this.#bytes = this.#bytes.subarray(limit);
    return piece;
  }
  /** The next piece, at most limit bytes; null at the end. */
  async take(limit: number): Promise<Uint8Array | null> {
    for (;;) {
      const piece = this.takeNow(limit);
      if (piece) return piece;
      if (!(await this.fill())) return null;
    }
  }
  /** A message's head with the empty line that ends it, if it is here whole. Throws HttpError(431 or as told) past limit. */
  takeHead(limit: number, status: number): Uint8Array | undefined {
    // RFC 9112 2.2: an empty line before a request line is ignored.
    while (this.#bytes[0] === 13 && this.#bytes[1] === 10) this.#bytes = this.#bytes.subarray(2);
    return this.#takeThrough('\r\n\r\n', limit, status);
  }
  /** Bytes up to and with a delimiter. Throws HttpError past limit or if the stream ends before it. */
  async takeThrough(delimiter: string, limit: number, status: number): Promise<Uint8Array> {
    for (;;) {
      const taken = this.#takeThrough(delimiter, limit, status);
      if (taken) return taken;
      if (!(await this.fill())) throw new HttpError(400, 'the connection ended inside a message');
    }
  }
  #takeThrough(delimiter: string, limit: number, status: number): Uint8Array | undefined {
    const at = indexOf(this.#bytes, delimiter);
    const length = at < 0 ? this.#bytes.byteLength : at + delimiter.length;
    if (length > limit) throw new HttpError(status, `no end within ${limit} bytes`);
    if (at < 0) return undefined;
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.byteLength === 0) return b;
  if (b.byteLength === 0) return a;
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
  async write(bytes: Uint8Array): Promise<void> {
    const sent = this.#inbox.transport.tryWrite(bytes);
    if (sent < bytes.byteLength) await this.#inbox.transport.write(bytes.subarray(sent));
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
