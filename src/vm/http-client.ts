// One HTTP/1.1 request over one connection, for checks against the engine's socket and for the page's browser pane (real TCP to a
// published port). RFC 9112. The answer's body is read whole, at most BODY_MAX_BYTES.
import type { ByteStream } from './byte-stream.ts';
import { concatBytes } from './platform.ts';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

export class HttpError extends Error {
  override readonly name = 'HttpError';
}

const BODY_MAX_BYTES = 32 << 20;
const HEAD_MAX_BYTES = 64 << 10;
const latin1 = new TextDecoder('latin1');

export async function httpRequest(stream: ByteStream, request: HttpRequest): Promise<HttpAnswer> {
  const present = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const headers = [...request.headers.filter(([name]) => name.toLowerCase() !== 'connection'), ['Connection', 'close'] as const];
  if (!present.has('host')) headers.unshift(['Host', 'localhost']);
  if (request.body && !present.has('content-length')) headers.push(['Content-Length', String(request.body.byteLength)]);
  if (headers.some(([name, value]) => /[\r\n\0]/.test(name + value)) || /[\s\0]/.test(request.path)) throw new HttpError('malformed request');
  const head = `${request.method} ${request.path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  await stream.write(new TextEncoder().encode(head));
  if (request.body) await stream.write(request.body);
  try {
    return await readAnswer(new Incoming(stream), request.method);
  } finally {
    stream.abort();
  }
}

async function readAnswer(incoming: Incoming, method: string): Promise<HttpAnswer> {
  let head = parseHead(await incoming.head());
  while (head.status >= 100 && head.status < 200 && head.status !== 101) head = parseHead(await incoming.head());
  const value = (name: string): string | undefined => head.headers.find(([key]) => key.toLowerCase() === name)?.[1];
  let body: Uint8Array<ArrayBuffer>;
  if (method === 'HEAD' || head.status === 204 || head.status === 304) body = new Uint8Array(0);
  else if (/\bchunked\b/i.test(value('transfer-encoding') ?? '')) body = await readChunks(incoming);
  else if (value('content-length') !== undefined) body = await incoming.exactly(Number(value('content-length')));
  else body = await incoming.toEnd();
  return { ...head, body };
}

function parseHead(text: string): { status: number; statusText: string; headers: [string, string][] } {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(first);
  if (!status) throw new HttpError(`not an HTTP answer: ${JSON.stringify(first.slice(0, 80))}`);
  const headers = lines.filter((line) => line.includes(':')).map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { status: Number(status[1]), statusText: status[2] ?? '', headers };
}

async function readChunks(incoming: Incoming): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for (let total = 0; ; ) {
    const size = parseInt(await incoming.line(), 16);
    if (!(size >= 0)) throw new HttpError('malformed chunk size');
    total += size;
    if (total > BODY_MAX_BYTES) throw new HttpError('the answer is too long');
    if (size === 0) break;
    parts.push(await incoming.exactly(size));
    await incoming.line();
  }
  while ((await incoming.line()) !== '');
  return concatBytes(parts);
}

/** Bytes of a stream by what the grammar asks for next. */
class Incoming {
  #rest: Uint8Array = new Uint8Array(0);
  constructor(private readonly stream: ByteStream) {}

  head(): Promise<string> {
    return this.#until('\r\n\r\n');
  }
  line(): Promise<string> {
    return this.#until('\r\n');
  }

  async exactly(length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(length >= 0 && length <= BODY_MAX_BYTES)) throw new HttpError('the answer is too long');
    const out = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      if (this.#rest.byteLength === 0 && !(await this.#more())) throw new HttpError('the answer was cut short');
      const part = this.#rest.subarray(0, length - at);
      out.set(part, at);
      at += part.byteLength;
      this.#rest = this.#rest.subarray(part.byteLength);
    }
    return out;
  }

  async toEnd(): Promise<Uint8Array<ArrayBuffer>> {
    const parts = [this.#rest];
    let total = this.#rest.byteLength;
    for (let bytes = await this.stream.read(); bytes; bytes = await this.stream.read()) {
      total += bytes.byteLength;
      if (total > BODY_MAX_BYTES) throw new HttpError('the answer is too long');
      parts.push(bytes);
    }
    return concatBytes(parts);
  }

  async #until(mark: string): Promise<string> {
    for (;;) {
      const text = latin1.decode(this.#rest.subarray(0, HEAD_MAX_BYTES));
      const at = text.indexOf(mark);
      if (at >= 0) {
        this.#rest = this.#rest.subarray(at + mark.length);
        return text.slice(0, at);
      }
      if (text.length >= HEAD_MAX_BYTES) throw new HttpError('the head of the answer is too long');
      if (!(await this.#more())) throw new HttpError('the connection was closed before the answer');
    }
  }

  async #more(): Promise<boolean> {
    const bytes = await this.stream.read();
    if (bytes) this.#rest = this.#rest.byteLength === 0 ? bytes : concatBytes([this.#rest, bytes]);
    return bytes !== null;
  }
}
