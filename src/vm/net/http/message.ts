// HTTP/1.1 messages on a byte stream (RFC 9112): heads, and bodies framed by length, by chunks or by the end of the connection.
// Both client.ts and server.ts stand on it.
import type { ByteStream } from '../../byte-stream.ts';
import { concatBytes } from '../../platform.ts';

export type Headers = readonly (readonly [name: string, value: string])[];

/** What came was not HTTP, or more of it than we take. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly code: 'malformed' | 'too-large' | 'cut',
    message: string,
  ) {
    super(message);
  }
}

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

const HEAD_MAX_BYTES = 64 << 10;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const latin1 = new TextDecoder('latin1');

/** The first header of this name, compared without case. */
export function headerValue(headers: Headers, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}

/** Does a comma-separated header contain this token? */
export function hasToken(headers: Headers, name: string, token: string): boolean {
  return headers.some(
    ([candidate, value]) =>
      candidate.toLowerCase() === name && value.split(',').some((part) => part.trim().toLowerCase() === token),
  );
}

export function formatHead(startLine: string, headers: Headers): Uint8Array {
  const clean = (text: string): string => text.replace(/[\r\n\0]/g, ' ');
  const lines = headers.map(([name, value]) => `${clean(name)}: ${clean(value)}\r\n`).join('');
  return new TextEncoder().encode(`${clean(startLine)}\r\n${lines}\r\n`);
}

/** Start line and headers of a head without its blank line. */
function parseHead(text: string): { startLine: string; headers: Headers } {
  const [startLine = '', ...lines] = text.split(/\r?\n/);
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (!TOKEN.test(name)) throw new HttpError('malformed', `not a header line: ${JSON.stringify(line.slice(0, 80))}`);
    return [name, line.slice(colon + 1).trim()];
  });
  return { startLine, headers };
}

/** How the body of a message with these headers ends; `fallback` if they do not say (RFC 9112 section 6.3). */
export function framingOf(headers: Headers, fallback: 'none' | 'close'): Framing {
  if (headerValue(headers, 'transfer-encoding') !== undefined) {
    if (hasToken(headers, 'transfer-encoding', 'chunked')) return { kind: 'chunked' };
    throw new HttpError('malformed', 'a transfer encoding that is not chunked');
  }
  const length = headerValue(headers, 'content-length');
  if (length === undefined) return { kind: fallback };
  if (!/^\d{1,15}$/.test(length)) throw new HttpError('malformed', `Content-Length: ${length.slice(0, 40)}`);
  return { kind: 'length', bytes: Number(length) };
}

/** Reads messages off a stream, one after the other. */
export class MessageReader {
  #rest: Uint8Array = new Uint8Array(0);

  constructor(private readonly stream: ByteStream) {}

  /** The next head; undefined if the peer closed instead of sending one. */
  async head(): Promise<{ startLine: string; headers: Headers } | undefined> {
    for (let searched = 0; ;) {
      const end = blankLine(this.#rest, searched);
      if (end) {
        const text = latin1.decode(this.#rest.subarray(0, end.start));
        this.#rest = this.#rest.subarray(end.next);
        // Empty lines before a request are to be ignored (RFC 9112 section 2.2).
        if (text.trim() !== '') return parseHead(text.replace(/^(\r?\n)+/, ''));
        searched = 0;
        continue;
      }
      if (this.#rest.length > HEAD_MAX_BYTES) throw new HttpError('too-large', 'the header lines are too long');
      searched = Math.max(0, this.#rest.length - 3);
      const more = await this.stream.read();
      if (!more) {
        if (this.#rest.length === 0) return undefined;
        throw new HttpError('cut', 'the connection ended inside the header lines');
      }
      this.#rest = this.#rest.length === 0 ? more : concatBytes([this.#rest, more]);
    }
  }

  /** The body's bytes, without its framing. */
  async *body(framing: Framing): AsyncGenerator<Uint8Array, void, undefined> {
    if (framing.kind === 'length') yield* this.#exactly(framing.bytes);
    else if (framing.kind === 'chunked') yield* this.#chunks();
    else if (framing.kind === 'close')
      for (let bytes = await this.#some(); bytes; bytes = await this.#some()) yield bytes;
  }

  /** What was read beyond the last message. */
  takeRest(): Uint8Array {
    const rest = this.#rest;
    this.#rest = new Uint8Array(0);
    return rest;
  }

  async #some(): Promise<Uint8Array | null> {
    if (this.#rest.length === 0) return this.stream.read();
    return this.takeRest();
  }

  async *#exactly(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      const bytes = await this.#some();
      if (!bytes) throw new HttpError('cut', `the connection ended ${left} bytes before the body did`);
      const part = bytes.subarray(0, left);
      if (part.length < bytes.length) this.#rest = bytes.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const line = await this.#line();
      const size = /^([0-9a-fA-F]{1,8})\s*(;.*)?$/.exec(line)?.[1];
      if (size === undefined)
        throw new HttpError('malformed', `not a chunk size: ${JSON.stringify(line.slice(0, 40))}`);
      const bytes = parseInt(size, 16);
      if (bytes === 0) break;
      yield* this.#exactly(bytes);
      if ((await this.#line()) !== '') throw new HttpError('malformed', 'a chunk longer than its size');
    }
    // Trailers are read and dropped.
    for (let line = await this.#line(); line !== ''; line = await this.#line());
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = latin1.decode(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
        return line.replace(/\r$/, '');
      }
      if (this.#rest.length > HEAD_MAX_BYTES) throw new HttpError('too-large', 'a line is too long');
      const more = await this.stream.read();
      if (!more) throw new HttpError('cut', 'the connection ended inside a chunk');
      this.#rest = this.#rest.length === 0 ? more : concatBytes([this.#rest, more]);
    }
  }
}

/** The end of the head: an empty line, with or without carriage returns. */
function blankLine(bytes: Uint8Array, from: number): { start: number; next: number } | undefined {
  for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
    const next = bytes[at + 1] === 13 ? at + 2 : at + 1;
    if (bytes[next] === 10) return { start: bytes[at - 1] === 13 ? at - 1 : at, next: next + 1 };
  }
  return undefined;
}
