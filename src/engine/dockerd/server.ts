// dockerd's socket: HTTP requests in, replies of the endpoints out. Everything about framing and hijacking is here.
import { formatHeaders, serve, type Request, type Response, type Server } from '../http/index.ts';
import { acceptKey, WebSocketConnection } from '../http/websocket.ts';
import { console, type AbortSignal, type ByteReader } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import type { Daemon } from './daemon.ts';
import { Query } from './query.ts';
import type { ApiRequest, Duplex, Reply } from './request.ts';
import { API_VERSION, dispatch, failure, redirection, splitVersion, type Router } from './router.ts';
import { VERSION } from './version.ts';

const COMMON_HEADERS = formatHeaders({
  'Api-Version': `1.${API_VERSION}`,
  'Docker-Experimental': 'false',
  Ostype: 'linux',
  Server: `Docker/${VERSION} (linux)`,
});

export function serveApi(daemon: Daemon, router: Router, listenFd: number): Server {
  const handler = async (request: Request, response: Response): Promise<void> => {
    response.extraHeaders = COMMON_HEADERS;
    let reply = redirection(request.path, request.target);
    try {
      reply ??= await dispatch(daemon, router, new ServedRequest(request));
    } catch (error) {
      reply = failure(error);
    }
    await carryOut(reply, request, response);
  };
  const onError = (error: unknown, request: Request): void => {
    // A client that went away in the middle of its answer is nobody's failure.
    if (sys.isErrno(error, 'EPIPE', 'ECONNRESET')) return;
    if (daemon.config.debug) console.error(`${request.method} ${request.path}:`, error);
  };
  return serve(listenFd, handler, { onError });
}

/** A request as endpoints see it. */
class ServedRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly apiVersion: number;
  readonly query: Query;
  readonly body: ByteReader;
  params: readonly string[] = [];
  span: string | undefined = undefined;
  readonly #request: Request;

  constructor(request: Request) {
    const { version, rest } = splitVersion(request.path);
    const { target } = request;
    const at = target.indexOf('?');
    this.method = request.method;
    this.path = rest;
    this.apiVersion = version;
    this.query = new Query(at < 0 ? '' : target.slice(at + 1));
    this.body = request.body;
    this.#request = request;
  }
  /** Only when it is asked for: the watch for the client's hang-up costs a syscall and few endpoints want it. */
  get signal(): AbortSignal {
    return this.#request.signal;
  }
  header(name: string): string | undefined {
    return this.#request.headers.get(name);
  }
}

async function carryOut(reply: Reply, request: Request, response: Response): Promise<void> {
  switch (reply.kind) {
    case 'json':
      return response.send(reply.status, `${reply.text}\n`, { 'Content-Type': 'application/json', ...reply.headers });
    case 'text':
      return response.send(reply.status, reply.text, reply.headers);
    case 'empty':
      return response.send(reply.status, '', reply.headers);
    case 'stream': {
      const out = await response.stream(200, { 'Content-Type': reply.contentType, ...reply.headers });
      return reply.write(out);
    }
    case 'hijack': {
      const upgrade = request.headers.get('upgrade') !== undefined;
      const connection: Duplex = await response.hijack(upgrade ? 101 : 200, {
        'Content-Type': reply.contentType,
        ...(upgrade ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {}),
      });
      return withConnection(connection, reply.run);
    }
    case 'websocket': {
      const connection = await response.hijack(101, {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Accept': acceptKey(reply.key),
      });
      return withConnection(new WebSocketConnection(connection), reply.run);
    }
  }
}

async function withConnection(connection: Duplex, run: (connection: Duplex) => Promise<void>): Promise<void> {
  try {
    await run(connection);
  } finally {
    connection.close();
  }
}
