// HTTP/1.1 server on any listening socket. dockerd and containerd give it one handler; their route tables live there, not here.
// One async function a connection: head, handler, rest of the body, next head. Nothing a client sends makes it throw.

import { AbortController, AbortError, type AbortSignal } from '../loop/abort.ts';
import { onReadable } from '../loop/wait.ts';
import { accept4 } from '../sys/socket.ts';
import { closeQuietly } from '../sys/file.ts';
import { latin1Encode, utf8Encode } from '../sys/bytes.ts';
import { Body, framingOf } from './body.ts';
import { HttpError, parseRequestHead, Query, type Headers, type RequestHead } from './message.ts';
import { Response } from './response.ts';
import { Inbox, SocketTransport, type Transport } from './transport.ts';

const HEAD_LIMIT_BYTES = 64 * 1024;
const DRAIN_LIMIT_BYTES = 256 * 1024;

export class Request {
  readonly method: string;
  /** As it came. */
  readonly target: string;
  /** Target without its query, still percent-encoded. */
  readonly path: string;
  readonly headers: Headers;
  readonly minorVersion: 0 | 1;
  readonly body: Body;
  /** The connection's socket, for peerCredentials(); -1 in unit tests. */
  readonly fd: number;
  #gone: AbortController | undefined;
  readonly #transport: Transport;
  #query: Query | undefined;
  readonly #queryText: string;

  constructor(head: RequestHead, body: Body, transport: Transport) {
    this.method = head.method;
    this.target = head.target;
    this.headers = head.headers;
    this.minorVersion = head.minorVersion;
    const at = head.target.indexOf('?');
    this.path = at < 0 ? head.target : head.target.slice(0, at);
    this.#queryText = at < 0 ? '' : head.target.slice(at + 1);
    this.body = body;
    this.fd = transport.fd;
    this.#transport = transport;
  }
  get query(): Query {
    return (this.#query ??= new Query(this.#queryText));
  }
  /** Aborted when the client goes away. Ask for it only in handlers that wait (events, logs -f, wait): it costs a watch. */
  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController();
      this.#gone = gone;
      this.#transport.hangup(gone.signal).then(
        () => gone.abort(new AbortError('the client went away')),
        () => undefined,
      );
    }
    return this.#gone.signal;
  }
  /** For the server: the request is over, nobody needs the watch. */
  finish(): void {
    this.#gone?.abort();
  }
}

export type Handler = (request: Request, response: Response) => Promise<void> | void;

export interface ServerOptions {
  /** Told of what a handler threw; the client gets a 500 with {"message": …} if no head has gone yet. */
  onError?: (error: unknown, request: Request) => void;
}

export interface Server {
  /** Stops accepting and closes the listening socket; open connections go on. */
  close(): void;
}

/** Serves a listening, non-blocking socket. */
export function serve(listenFd: number, handler: Handler, options: ServerOptions = {}): Server {
  const stop = onReadable(listenFd, () => {
    for (;;) {
      let connection;
      try {
        connection = accept4(listenFd);
      } catch {
        // EMFILE or a peer that is already gone: the others must go on.
        return;
      }
      if (!connection) return;
      void serveConnection(new SocketTransport(connection.fd), handler, options);
    }
  });
  return {
    close: () => {
      stop();
      closeQuietly(listenFd);
    },
  };
}

/** Serves one connection to its end. Never rejects. */
export async function serveConnection(
  transport: Transport,
  handler: Handler,
  options: ServerOptions = {},
): Promise<void> {
  const inbox = new Inbox(transport);
  try {
    let hijacked = false;
    for (let again = true; again;) {
      const outcome = await serveRequest(inbox, handler, options);
      hijacked = outcome === 'hijacked';
      again = outcome === 'again';
    }
    if (!hijacked) transport.close();
  } catch (error) {
    if (error instanceof HttpError) refuse(transport, error);
    transport.close();
  }
}

function refuse(transport: Transport, error: HttpError): void {
  const body = utf8Encode(`${JSON.stringify({ message: error.message })}\n`);
  const head = latin1Encode(
    `HTTP/1.1 ${error.status} Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.byteLength}\r\nConnection: close\r\n\r\n`,
  );
  transport.tryWrite(head);
  transport.tryWrite(body);
}

async function serveRequest(
  inbox: Inbox,
  handler: Handler,
  options: ServerOptions,
): Promise<'again' | 'close' | 'hijacked'> {
  const { transport } = inbox;
  let bytes = inbox.takeHead(HEAD_LIMIT_BYTES, 431);
  while (!bytes) {
    if (!(await inbox.fill())) {
      if (inbox.buffered > 0) throw new HttpError(400, 'the connection ended inside a head');
      return 'close';
    }
    bytes = inbox.takeHead(HEAD_LIMIT_BYTES, 431);
  }
  const head = parseRequestHead(bytes, bytes.byteLength);
  if (head.minorVersion === 1 && !head.headers.has('host')) throw new HttpError(400, 'missing required Host header');
  const body = new Body(inbox, framingOf(head.headers, { kind: 'none' }));
  if (!body.ended && head.headers.get('expect')?.toLowerCase() === '100-continue') {
    body.onFirstRead = () => transport.write(latin1Encode('HTTP/1.1 100 Continue\r\n\r\n'));
  }
  const request = new Request(head, body, transport);
  const response = new Response(inbox, head);
  try {
    await handler(request, response);
    if (!response.hijacked) await response.finish();
  } catch (error) {
    options.onError?.(error, request);
    // With a head already gone, the only honest sign of failure is a body that does not end as it should.
    if (response.started) {
      request.finish();
      return response.hijacked ? 'hijacked' : 'close';
    }
    const status = error instanceof HttpError ? error.status : 500;
    await response.json(status, { message: error instanceof Error ? error.message : String(error) });
  }
  request.finish();
  if (response.hijacked) return 'hijacked';
  if (!response.keepAlive) return 'close';
  if (body.ended) return 'again';
  // A client that waits for "100 Continue" sends no body; anyone else's rest must go before the next head.
  if (body.onFirstRead) return 'close';
  return (await body.drain(DRAIN_LIMIT_BYTES)) ? 'again' : 'close';
}
