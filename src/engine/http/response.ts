// The server's half of an exchange: one of json(), send(), stream(), hijack() a request.

import { native } from '../sys/native.ts';
import type { ByteWriter } from '../loop/stream.ts';
import { ChunkedWriter } from './body.ts';
import { formatHeaders, reasonPhrase, type HeadersInit, type RequestHead } from './message.ts';
import { Hijacked, type Inbox } from './transport.ts';

export class Response {
  /** A head has been sent. */
  started = false;
  hijacked = false;
  /** The connection can carry another request afterwards. */
  keepAlive: boolean;
  /** Header lines (formatHeaders) sent with every head of this response: Api-Version, Server … */
  extraHeaders = '';
  readonly #inbox: Inbox;
  readonly #head: RequestHead;
  #stream: ChunkedWriter | undefined;

  constructor(inbox: Inbox, head: RequestHead) {
    this.#inbox = inbox;
    this.#head = head;
    const connection = head.headers.get('connection')?.toLowerCase() ?? '';
    this.keepAlive = head.minorVersion === 1 ? !connection.includes('close') : connection.includes('keep-alive');
  }
  /** A JSON body with the line break at its end that Docker sends. */
  json(status: number, value: unknown, headers: HeadersInit = {}): Promise<void> {
    return this.send(status, `${JSON.stringify(value)}\n`, { 'Content-Type': 'application/json', ...headers });
  }
  /** A whole body, by default none; head and body leave in one write, so that the reader wakes up once. */
  send(status: number, body: Uint8Array | string = '', headers: HeadersInit = {}): Promise<void> {
    const { transport } = this.#inbox;
    if (status === 204 || status === 304 || status < 200) return transport.send(this.#formatHead(status, headers, ''));
    const length = typeof body === 'string' ? native.utf8Length(body) : body.byteLength;
    const head = this.#formatHead(status, headers, `Content-Length: ${length}\r\n`);
    return this.#head.method === 'HEAD' ? transport.send(head) : transport.send(head, body);
  }
  /** A body of unknown length. The head leaves at once; the handler must end() the writer (or return, which does it). */
  async stream(status: number, headers: HeadersInit = {}): Promise<ByteWriter> {
    const chunked = this.#head.minorVersion === 1 && this.#head.method !== 'HEAD';
    if (!chunked) this.keepAlive = false;
    await this.#inbox.transport.send(
      this.#formatHead(status, headers, chunked ? 'Transfer-Encoding: chunked\r\n' : ''),
    );
    this.#stream = new ChunkedWriter(this.#inbox.transport, chunked, this.#head.method === 'HEAD');
    return this.#stream;
  }
  /** Sends a head (101 if the client asked for an upgrade, a bare 200 if not) and hands the connection over for good. */
  async hijack(status: number, headers: HeadersInit = {}): Promise<Hijacked> {
    this.keepAlive = true;
    const head = this.#formatHead(status, headers, '');
    this.hijacked = true;
    await this.#inbox.transport.send(head);
    return new Hijacked(this.#inbox);
  }
  /** For the server: ends what the handler left open. Nothing to wait for in the usual case. */
  finish(): Promise<void> | undefined {
    if (this.hijacked) return undefined;
    if (!this.started) return this.send(200);
    return this.#stream?.end();
  }
  #formatHead(status: number, headers: HeadersInit, framing: string): string {
    if (this.started) throw new Error('a second response to one request');
    const text = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${this.extraHeaders}Date: ${httpDate()}\r\n${formatHeaders(headers)}${framing}`;
    this.started = true;
    return this.keepAlive ? `${text}\r\n` : `${text}Connection: close\r\n\r\n`;
  }
}

let dateSecond = 0;
let dateText = '';

/** RFC 9110 5.6.7; formatted once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
