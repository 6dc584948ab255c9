// One HTTP request to a program in the guest, over the page's own TCP: the browser pane and lesson checks (VmApi.http).
// What goes wrong is a value in words, never a throw.
import type { HttpExchange } from '../../../protocol/vm-api.ts';
import type { ByteStream } from '../../byte-stream.ts';
import { concatBytes } from '../../platform.ts';
import type { Network } from '../network.ts';
import { TcpError, type TcpStream } from '../tcp/stream.ts';
import { formatHead, framingOf, HttpError, MessageReader, type Headers } from './message.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body?: Uint8Array;
}

export interface HttpOptions {
  readonly signal?: AbortSignal;
  readonly bodyMaxBytes?: number;
  /** The name for the Host header. */
  readonly hostName?: string;
}

export type HttpFailureCode =
  'refused' | 'unreachable' | 'reset' | 'timeout' | 'aborted' | 'malformed' | 'too-large' | 'cut';

export interface HttpFailure {
  readonly code: HttpFailureCode;
  readonly message: string;
}

export type HttpAnswer = Omit<HttpExchange, 'timeMs'>;

export type HttpOutcome =
  { readonly ok: true; readonly exchange: HttpExchange } | { readonly ok: false; readonly failure: HttpFailure };

const FIN_PATIENCE_MS = 5000;
const BODY_MAX_BYTES = 64 << 20;
/** Headers that describe one connection, which is ours to make. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'host',
  'content-length',
  'expect',
]);

export async function httpExchange(
  network: Network,
  port: number,
  request: HttpRequest,
  options: HttpOptions = {},
): Promise<HttpOutcome> {
  const { signal } = options;
  const started = performance.now();
  let stream: TcpStream | undefined;
  const onAbort = (): void => stream?.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    stream = await network.connect(port, signal ? { signal } : {});
    signal?.throwIfAborted();
    const response = await exchangeOn(stream, request, {
      ...options,
      hostName: options.hostName ?? `localhost:${port}`,
    });
    const timeMs = performance.now() - started;
    void leave(stream);
    return { ok: true, exchange: { ...response, timeMs } };
  } catch (error) {
    stream?.abort();
    return { ok: false, failure: describe(error, port, signal) };
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Says FIN and waits for the server's, as a browser does; a server that never says it is given up. */
async function leave(stream: TcpStream): Promise<void> {
  const giveUp = setTimeout(() => stream.abort(), FIN_PATIENCE_MS);
  void stream.closed.then(() => clearTimeout(giveUp));
  stream.end();
  try {
    while (await stream.read());
  } catch {
    // It ended in another way.
  }
}

/** The same on a stream that is already there (the engine's socket). Throws HttpError, or what the stream throws. */
export async function exchangeOn(
  stream: ByteStream,
  request: HttpRequest,
  options: HttpOptions = {},
): Promise<HttpAnswer> {
  // The answer may come, and the connection end, before all of the request is taken.
  sendRequest(stream, request, options).catch(() => {});
  return readAnswer(stream, request.method, options.bodyMaxBytes ?? BODY_MAX_BYTES);
}

async function sendRequest(stream: ByteStream, request: HttpRequest, options: HttpOptions): Promise<void> {
  const { method, body } = request;
  const path = request.path.startsWith('/') ? encodeTarget(request.path) : `/${encodeTarget(request.path)}`;
  const hasBody = body !== undefined || method === 'POST' || method === 'PUT' || method === 'PATCH';
  const headers: Headers = [
    ['Host', options.hostName ?? 'localhost'],
    ...request.headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase())),
    ['Connection', 'close'],
    ...(hasBody ? [['Content-Length', String(body?.length ?? 0)] as const] : []),
  ];
  await stream.write(formatHead(`${method} ${path} HTTP/1.1`, headers));
  if (body) await stream.write(body);
}

/** No space or control character may split the request line. */
const encodeTarget = (path: string): string => path.replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(part));

async function readAnswer(stream: ByteStream, method: string, bodyMaxBytes: number): Promise<HttpAnswer> {
  const reader = new MessageReader(stream);
  for (;;) {
    const head = await reader.head();
    if (!head) throw new HttpError('cut', 'the server closed the connection without an answer');
    const match = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(head.startLine);
    if (!match) throw new HttpError('malformed', `not an HTTP answer: ${JSON.stringify(head.startLine.slice(0, 80))}`);
    const status = Number(match[1]);
    // 100 Continue and other interim answers come before the real one; 101 would be the end of HTTP here.
    if (status < 200 && status !== 101) continue;
    const bodyless = method === 'HEAD' || status === 204 || status === 304 || status === 101;
    const framing = bodyless ? ({ kind: 'none' } as const) : framingOf(head.headers, 'close');
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const bytes of reader.body(framing)) {
      length += bytes.length;
      if (length > bodyMaxBytes) throw new HttpError('too-large', `the body is longer than ${bodyMaxBytes} bytes`);
      parts.push(bytes);
    }
    return { status, statusText: match[2] ?? '', headers: head.headers, body: concatBytes(parts) };
  }
}

function describe(error: unknown, port: number, signal: AbortSignal | undefined): HttpFailure {
  if (signal?.aborted) {
    const timedOut = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
    return timedOut
      ? { code: 'timeout', message: `port ${port} did not answer in time` }
      : { code: 'aborted', message: 'the request was cancelled' };
  }
  if (error instanceof HttpError) return { code: error.code, message: error.message };
  if (error instanceof TcpError) {
    const codes = { ECONNREFUSED: 'refused', EHOSTUNREACH: 'unreachable', ETIMEDOUT: 'timeout' } as const;
    const code = error.code in codes ? codes[error.code as keyof typeof codes] : 'reset';
    return { code, message: `port ${port}: ${error.message}` };
  }
  return { code: 'reset', message: error instanceof Error ? error.message : String(error) };
}
