// HTTP/1.1 client over a Unix or TCP socket: the CLI towards dockerd, dockerd towards containerd and registries.

import { AbortError, type AbortSignal } from '../loop/abort.ts';
import { writable } from '../loop/wait.ts';
import type { ByteReader } from '../loop/stream.ts';
import { utf8Encode } from '../sys/bytes.ts';
import { SyscallError } from '../sys/error.ts';
import { closeQuietly } from '../sys/file.ts';
import { AF, connect, SOCK, socket, socketError } from '../sys/socket.ts';
import { Body, ChunkedWriter, framingOf } from './body.ts';
import {
  formatHeaders,
  HttpError,
  parseResponseHead,
  type Headers,
  type HeadersInit,
  type ResponseHead,
} from './message.ts';
import { Hijacked, Inbox, SocketTransport, type Transport } from './transport.ts';

/** Where to connect. A host is an IPv4 address here; names are resolved by the caller. */
export type Endpoint =
  { unix: string } | { host: string; port: number; /** Host header if it is not host:port. */ name?: string };

export interface RequestOptions {
  headers?: HeadersInit;
  /** A reader is sent in chunks (with a Content-Length in headers: as it is). An object is sent as JSON. */
  body?: Uint8Array | string | ByteReader | { json: unknown };
  signal?: AbortSignal;
}

export class ClientResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Body;
  readonly #done: (reusable: boolean) => void;
  constructor(head: ResponseHead, body: Body, done: (reusable: boolean) => void) {
    this.status = head.status;
    this.reason = head.reason;
    this.headers = head.headers;
    this.body = body;
    this.#done = done;
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
  text(limitBytes?: number): Promise<string> {
    return this.#closing(this.body.text(limitBytes));
  }
  json(limitBytes?: number): Promise<unknown> {
    return this.#closing(this.body.json(limitBytes));
  }
  #closing<T>(reading: Promise<T>): Promise<T> {
    // A body that had arrived whole is read by now.
    if (this.body.ended) {
      this.close();
      return reading;
    }
    return reading.finally(() => this.close());
  }
  /** Call it when the body is read or no longer wanted: the connection is kept if it can be, else closed. */
  close(): void {
    this.#done(this.body.ended);
  }
}

/** Opens a connection. Rejects with SyscallError (ENOENT, ECONNREFUSED …). */
export async function dial(endpoint: Endpoint, signal?: AbortSignal): Promise<number> {
  const unix = 'unix' in endpoint;
  const fd = socket(unix ? AF.UNIX : AF.INET, SOCK.STREAM | SOCK.NONBLOCK);
  try {
    const address = unix
      ? ({ family: 'unix', path: endpoint.unix } as const)
      : ({ family: 'inet', address: endpoint.host, port: endpoint.port } as const);
    if (!connect(fd, address)) {
      await writable(fd, signal);
      const errno = socketError(fd);
      if (errno !== 0) throw new SyscallError('connect', [JSON.stringify(endpoint)], errno);
    }
    return fd;
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

export class HttpClient {
  #idle: Inbox[] = [];
  readonly endpoint: Endpoint;
  readonly #connect: (signal?: AbortSignal) => Promise<Transport>;
  /** A connection of a test's own can take the place of the socket. */
  constructor(endpoint: Endpoint, connection?: (signal?: AbortSignal) => Promise<Transport>) {
    this.endpoint = endpoint;
    this.#connect = connection ?? (async (signal) => new SocketTransport(await dial(endpoint, signal)));
  }

  /** Sends a request and resolves with the response's head; the body is read from the result. */
  async request(method: string, target: string, options: RequestOptions = {}): Promise<ClientResponse> {
    const reused = this.#idle.pop();
    if (reused) {
      try {
        return await this.#exchange(reused, method, target, options);
      } catch (error) {
        // The server may have closed an idle connection just now: try once more on a new one, unless part of a stream is gone.
        if (
          options.signal?.aborted ||
          isReader(options.body) ||
          !(error instanceof HttpError || error instanceof SyscallError)
        )
          throw error;
      }
    }
    return this.#exchange(new Inbox(await this.#connect(options.signal)), method, target, options);
  }

  /** A request that turns the connection into a raw stream (attach, exec). Any status but 101 and 200 comes back as a response instead. */
  async upgrade(
    method: string,
    target: string,
    options: RequestOptions = {},
  ): Promise<{ head: ResponseHead; stream: Hijacked } | ClientResponse> {
    const inbox = new Inbox(await this.#connect(options.signal));
    try {
      const headers = { Connection: 'Upgrade', Upgrade: 'tcp', ...options.headers };
      await this.#sendRequest(inbox.transport, method, target, { ...options, headers });
      const head = await readHead(inbox);
      if (
        head.status === 101 ||
        (head.status === 200 && !head.headers.has('content-length') && !head.headers.has('transfer-encoding'))
      ) {
        return { head, stream: new Hijacked(inbox) };
      }
      return new ClientResponse(head, new Body(inbox, framingOf(head.headers, { kind: 'until-close' })), () =>
        inbox.transport.close(),
      );
    } catch (error) {
      inbox.transport.close();
      throw error;
    }
  }

  /** Closes idle connections. */
  close(): void {
    for (const inbox of this.#idle) inbox.transport.close();
    this.#idle = [];
  }

  async #exchange(inbox: Inbox, method: string, target: string, options: RequestOptions): Promise<ClientResponse> {
    const { transport } = inbox;
    let open = true;
    const shut = (): void => {
      if (open) transport.close();
      open = false;
    };
    // Closing the socket ends every wait on it; the caller sees the signal's reason.
    const offAbort = options.signal?.onAbort(shut);
    try {
      // The answer may come before the whole body is out: an early refusal, or an echo that would fill both sockets.
      const sending = { done: false, error: undefined as unknown };
      this.#sendRequest(transport, method, target, options).then(
        () => (sending.done = true),
        (error: unknown) => (sending.error = error),
      );
      const head = await readHead(inbox).catch((error: unknown) => {
        throw sending.error ?? error;
      });
      const bodiless = method === 'HEAD' || head.status === 204 || head.status === 304;
      const framing = bodiless ? ({ kind: 'none' } as const) : framingOf(head.headers, { kind: 'until-close' });
      const reusable =
        framing.kind !== 'until-close' &&
        head.minorVersion === 1 &&
        !head.headers.get('connection')?.toLowerCase().includes('close');
      return new ClientResponse(head, new Body(inbox, framing), (bodyEnded) => {
        offAbort?.();
        if (open && reusable && bodyEnded && sending.done && inbox.buffered === 0 && this.#idle.length < 4) {
          open = false;
          this.#idle.push(inbox);
        } else shut();
      });
    } catch (error) {
      offAbort?.();
      shut();
      if (options.signal?.aborted) throw options.signal.reason ?? new AbortError();
      throw error;
    }
  }

  #sendRequest(transport: Transport, method: string, target: string, options: RequestOptions): Promise<void> {
    const { body } = options;
    if (BREAKER.test(target)) throw new RangeError('white space in a request target');
    const host =
      'unix' in this.endpoint ? 'localhost' : (this.endpoint.name ?? `${this.endpoint.host}:${this.endpoint.port}`);
    const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${options.headers ? formatHeaders(options.headers) : ''}`;
    if (isReader(body))
      return this.#sendStream(transport, head, options.headers?.['Content-Length'] === undefined, body);
    if (body === undefined)
      return transport.send(`${head}${method === 'POST' || method === 'PUT' ? 'Content-Length: 0\r\n' : ''}\r\n`);
    const isJson = typeof body === 'object' && 'json' in body;
    const bytes = body instanceof Uint8Array ? body : utf8Encode(isJson ? JSON.stringify(body.json) : body);
    const type = isJson ? 'Content-Type: application/json\r\n' : '';
    return transport.send(`${head}${type}Content-Length: ${bytes.byteLength}\r\n\r\n`, bytes);
  }

  async #sendStream(transport: Transport, head: string, chunked: boolean, body: ByteReader): Promise<void> {
    await transport.send(`${head}${chunked ? 'Transfer-Encoding: chunked\r\n' : ''}\r\n`);
    const writer = new ChunkedWriter(transport, chunked);
    for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) await writer.write(bytes);
    await writer.end();
  }
}

/** What would end the request line before its time. */
const BREAKER = /[ \r\n\t\0]/;

function isReader(body: RequestOptions['body']): body is ByteReader {
  return typeof body === 'object' && 'read' in body;
}

async function readHead(inbox: Inbox): Promise<ResponseHead> {
  for (;;) {
    const lines = inbox.takeHead();
    if (!lines) {
      await inbox.transport.wait();
      if (!inbox.receive()) throw new HttpError(502, 'the server closed the connection without an answer');
      continue;
    }
    const head = parseResponseHead(lines);
    // Interim answers (100 Continue) are not the answer.
    if (head.status >= 200 || head.status === 101) return head;
  }
}
