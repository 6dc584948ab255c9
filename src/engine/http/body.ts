// Message bodies: how long one is (RFC 9112 section 6), reading it piece by piece, and writing one in chunks (section 7.1).

import { latin1Decode, utf8Decode } from '../sys/bytes.ts';
import { readToEnd, type ByteReader, type ByteWriter } from '../loop/stream.ts';
import { HttpError, type Headers } from './message.ts';
import type { Inbox, Transport } from './transport.ts';

export type Framing =
  { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'until-close' };

/** Framing that the headers tell. Both Transfer-Encoding and Content-Length is an attack or a bug: refused. */
export function framingOf(headers: Headers, absent: Framing): Framing {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined) {
    if (length !== undefined) throw new HttpError(400, 'both Transfer-Encoding and Content-Length');
    if (coding.toLowerCase() !== 'chunked') throw new HttpError(501, `transfer encoding ${coding}`);
    return { kind: 'chunked' };
  }
  if (length === undefined) return absent;
  if (!/^\d{1,15}$/.test(length)) throw new HttpError(400, 'malformed Content-Length');
  return { kind: 'length', bytes: Number(length) };
}

/** A body being received. */
export class Body implements ByteReader {
  #left: number;
  #ended: boolean;
  #inbox: Inbox;
  #framing: Framing;
  /** Called once before the first read: a server sends "100 Continue" then. */
  onFirstRead: (() => Promise<void>) | undefined;

  constructor(inbox: Inbox, framing: Framing) {
    this.#inbox = inbox;
    this.#framing = framing;
    this.#left = framing.kind === 'length' ? framing.bytes : 0;
    this.#ended = framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
  }
  get ended(): boolean {
    return this.#ended;
  }
  /** Content-Length, or undefined if the sender did not say. */
  get length(): number | undefined {
    return this.#framing.kind === 'length' ? this.#framing.bytes : this.#framing.kind === 'none' ? 0 : undefined;
  }
  async read(): Promise<Uint8Array | null> {
    if (this.#ended) return null;
    if (this.onFirstRead) {
      const before = this.onFirstRead;
      this.onFirstRead = undefined;
      await before();
    }
    if (this.#framing.kind === 'until-close') {
      const piece = await this.#inbox.take(Infinity);
      if (piece === null) this.#ended = true;
      return piece;
    }
    if (this.#left === 0 && !(await this.#nextChunk())) return null;
    const piece = this.#inbox.takeNow(this.#left) ?? (await this.#inbox.take(this.#left));
    if (piece === null) throw new HttpError(400, 'the connection ended inside a body');
    this.#left -= piece.byteLength;
    if (this.#left === 0) {
      if (this.#framing.kind === 'length') this.#ended = true;
      else await this.#chunkEnd();
    }
    return piece;
  }
  /**
   * The descriptor and how much of it is this body's, if all bytes that come from it next are and none is here already: a caller may
   * read them itself below JavaScript, and tells taken().
   */
  get direct(): { readonly fd: number; readonly leftBytes: number } | undefined {
    const { transport, buffered } = this.#inbox;
    if (this.#framing.kind !== 'length' || this.#ended || this.onFirstRead || buffered > 0 || transport.fd < 0)
      return undefined;
    return { fd: transport.fd, leftBytes: this.#left };
  }
  /** So many bytes of `direct` were read. */
  taken(bytes: number): void {
    this.#left -= bytes;
    if (this.#left === 0) this.#ended = true;
  }
  async #nextChunk(): Promise<boolean> {
    const line = await this.#inbox.takeLine(4096, 400);
    const match = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[^\r\n]*)?\r\n$/.exec(latin1Decode(line));
    if (!match) throw new HttpError(400, 'malformed chunk');
    this.#left = parseInt(match[1] as string, 16);
    if (this.#left > 0) return true;
    // Trailers, which nobody here wants, up to the empty line.
    for (let size = 0, trailerBytes = 0; trailerBytes !== 2; size += trailerBytes) {
      if (size > 16384) throw new HttpError(431, 'trailers too large');
      trailerBytes = (await this.#inbox.takeLine(8192, 431)).byteLength;
    }
    this.#ended = true;
    return false;
  }
  async #chunkEnd(): Promise<void> {
    await this.#inbox.takeLine(2, 400);
  }
  /** The whole body if it has arrived already, which it mostly has: no promise is needed then. */
  #takeWhole(): Uint8Array | undefined {
    if (this.#ended) return EMPTY;
    if (this.onFirstRead || this.#framing.kind !== 'length' || this.#left > this.#inbox.buffered) return undefined;
    const bytes = this.#inbox.takeNow(this.#left);
    this.#left = 0;
    this.#ended = true;
    return bytes;
  }
  /** The whole body; past limitBytes rejects with HttpError 413. */
  async bytes(limitBytes = 16 * 1024 * 1024): Promise<Uint8Array> {
    try {
      return this.#takeWhole() ?? (await readToEnd(this, limitBytes));
    } catch (error) {
      throw error instanceof RangeError ? new HttpError(413, 'request body too large') : error;
    }
  }
  text(limitBytes?: number): Promise<string> {
    const whole = this.#takeWhole();
    return whole ? Promise.resolve(utf8Decode(whole)) : this.bytes(limitBytes).then(utf8Decode);
  }
  /** Parsed JSON, undefined for an empty body. Malformed JSON rejects with HttpError 400. */
  async json(limitBytes?: number): Promise<unknown> {
    const whole = this.#takeWhole();
    const text = whole ? utf8Decode(whole) : await this.text(limitBytes);
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new HttpError(400, `invalid JSON: ${(error as Error).message}`);
    }
  }
  /** Reads and drops what is left, at most limitBytes: false if there is more. */
  async drain(limitBytes: number): Promise<boolean> {
    let dropped = 0;
    for (let piece = await this.read(); piece !== null; piece = await this.read()) {
      dropped += piece.byteLength;
      if (dropped > limitBytes) return false;
    }
    return true;
  }
}

const SENT = Promise.resolve();
const EMPTY = new Uint8Array(0);

/** Writes a body whose length is not known beforehand; every write is one chunk and leaves at once. */
export class ChunkedWriter implements ByteWriter {
  #ended = false;
  readonly #transport: Transport;
  readonly #chunked: boolean;
  /** Not chunked: an HTTP/1.0 peer, for whom closing the connection ends the body. Discarded: the answer to HEAD. */
  constructor(transport: Transport, chunked: boolean, discard = false) {
    this.#transport = transport;
    this.#chunked = chunked;
    this.#ended = discard;
  }
  write(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0 || this.#ended) return SENT;
    if (!this.#chunked) return this.#transport.send(bytes);
    return this.#transport.send(`${bytes.byteLength.toString(16)}\r\n`, bytes, '\r\n');
  }
  end(): Promise<void> {
    if (this.#ended) return SENT;
    this.#ended = true;
    return this.#chunked ? this.#transport.send('0\r\n\r\n') : SENT;
  }
}
