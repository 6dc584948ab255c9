// HTTP/1.1 server on any listening socket. dockerd and containerd give it one handler; their route tables live there, not here.
// One async function a connection: head, handler, rest of the body, next head. Nothing a client sends makes it throw.

import { AbortController, AbortError, type AbortSignal } from '../loop/abort.ts';
import { onReadable } from '../loop/wait.ts';
import { accept } from '../sys/socket.ts';
import { closeQuietly } from '../sys/file.ts';
import { Body, framingOf } from './body.ts';
import { HttpError, parseRequestHead, Query, reasonPhrase, type Headers, type RequestHead } from './message.ts';
import { Response } from './response.ts';
import { Inbox, SocketTransport, type Transport } from './transport.ts';

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
    this.#gone?.abort(FINISHED);
  }
}

/** One for all: nobody reads it, and to make an error is dear. */
const FINISHED = new AbortError('the request is over');

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
        connection = accept(listenFd);
      } catch {
        // EMFILE or a peer that is already gone: the others must go on.
        return;
      }
      if (connection < 0) return;
      void serveConnection(new SocketTransport(connection), handler, options);
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
    for (;;) {
      // An await costs as much as a hundred lines of plain code in the guest: what can be done without waiting is.
      let lines = inbox.takeHead();
      while (!lines) {
        await transport.wait();
        if (!inbox.receive()) {
          if (inbox.buffered > 0) throw new HttpError(400, 'the connection ended inside a head');
          return transport.close();
        }
        lines = inbox.takeHead();
      }
      const head = parseRequestHead(lines);
      const request = new Request(head, bodyOf(head, inbox), transport);
      const response = new Response(inbox, head);
      try {
        const handling = handler(request, response);
        if (handling) await handling;
        const finishing = response.finish();
        if (finishing) await finishing;
      } catch (error) {
        await answerError(error, request, response, options);
      }
      request.finish();
      if (response.hijacked) return;
      if (!response.keepAlive) return transport.close();
      if (!request.body.ended && !(await skipBody(request.body))) return transport.close();
    }
  } catch (error) {
    if (error instanceof HttpError) refuse(transport, error);
    transport.close();
  }
}

function bodyOf(head: RequestHead, inbox: Inbox): Body {
  if (head.minorVersion === 1 && !head.headers.has('host')) throw new HttpError(400, 'missing required Host header');
  const body = new Body(inbox, framingOf(head.headers, { kind: 'none' }));
  if (!body.ended && head.headers.get('expect')?.toLowerCase() === '100-continue') {
    body.onFirstRead = () => inbox.transport.send('HTTP/1.1 100 Continue\r\n\r\n');
  }
  return body;
}

function refuse(transport: Transport, error: HttpError): void {
  const body = `${JSON.stringify({ message: error.message })}\n`;
  const head = `HTTP/1.1 ${error.status} ${reasonPhrase(error.status)}\r\nContent-Type: application/json\r\n`;
  // The connection ends right behind it; nobody waits for these bytes to leave.
  transport.send(`${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`).catch(() => undefined);
}

async function answerError(
  error: unknown,
  request: Request,
  response: Response,
  options: ServerOptions,
): Promise<void> {
  options.onError?.(error, request);
  if (response.started) {
    // With a head already gone, the only honest sign of failure is a body that does not end as it should.
    response.keepAlive = false;
    return;
  }
  const status = error instanceof HttpError ? error.status : 500;
  await response.json(status, { message: error instanceof Error ? error.message : String(error) });
}

/** The rest of a body must go before the next head; a client that waits for "100 Continue" sends none. False: too much. */
async function skipBody(body: Body): Promise<boolean> {
  if (body.onFirstRead !== undefined) return false;
  // The answer has gone: a body that turns out to be no good ends the connection, without a second one.
  return body.drain(DRAIN_LIMIT_BYTES).catch(() => false);
}
