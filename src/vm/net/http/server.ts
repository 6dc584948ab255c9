// A small HTTP/1.1 server for the page's own services (the registry): keep-alive, request bodies as streams, answers with a
// length or in chunks. One call of serveHttp a connection.
import type { ByteStream } from '../../byte-stream.ts';
import { formatHead, framingOf, hasToken, headerValue, HttpError, MessageReader, type Headers } from './message.ts';

export interface ServedRequest {
  readonly method: string;
  /** Decoded path, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** Read it at most once; what is left of it is read and dropped. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ServedResponse {
  readonly status: number;
  readonly headers?: Headers;
  /** `bytes` is what Content-Length says; a stream without it goes out in chunks. */
  readonly body?: Uint8Array | { readonly bytes?: number; readonly chunks: AsyncIterable<Uint8Array> };
}

export type HttpHandler = (request: ServedRequest) => Promise<ServedResponse> | ServedResponse;

export const STATUS_TEXT: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  507: 'Insufficient Storage',
};

/** Serves requests until the client closes. Never rejects. */
export async function serveHttp(stream: ByteStream, handler: HttpHandler): Promise<void> {
  const reader = new MessageReader(stream);
  try {
    while (await serveOne(stream, reader, handler));
    stream.end();
    while (await stream.read());
  } catch (error) {
    if (error instanceof HttpError && error.code !== 'cut') await answerBadRequest(stream, error);
    else stream.abort();
  }
}

async function answerBadRequest(stream: ByteStream, error: HttpError): Promise<void> {
  const text = new TextEncoder().encode(`${error.message}\n`);
  const headers: Headers = [
    ['Content-Length', String(text.length)],
    ['Connection', 'close'],
  ];
  await stream.write(formatHead('HTTP/1.1 400 Bad Request', headers)).catch(() => {});
  await stream.write(text).catch(() => {});
  stream.end();
}

/** True if another request may follow. */
async function serveOne(stream: ByteStream, reader: MessageReader, handler: HttpHandler): Promise<boolean> {
  const head = await reader.head();
  if (!head) return false;
  const line = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(head.startLine);
  if (!line) throw new HttpError('malformed', 'not an HTTP/1.1 request line');
  const [, method = '', target = '', minor] = line;
  const framing = framingOf(head.headers, 'none');
  if (headerValue(head.headers, 'expect')?.toLowerCase() === '100-continue') {
    await stream.write(formatHead('HTTP/1.1 100 Continue', []));
  }
  const body = reader.body(framing);
  const response = await answer(handler, { method, ...splitTarget(target), headers: head.headers, body });
  // A body that the handler left must be off the stream before the next request (and before a client still sending reads).
  for await (const _ of body);
  const wantsClose = hasToken(head.headers, 'connection', 'close');
  const keepAlive = !wantsClose && (minor === '1' || hasToken(head.headers, 'connection', 'keep-alive'));
  await send(stream, method, response, keepAlive);
  return keepAlive;
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  // A proxy client sends the absolute form.
  const relative = target.replace(/^https?:\/\/[^/]*/i, '') || '/';
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Stray percent signs stay as they are; no route matches them.
  }
  return { path: decoded, query: new URLSearchParams(mark < 0 ? '' : relative.slice(mark + 1)) };
}

async function answer(handler: HttpHandler, request: ServedRequest): Promise<ServedResponse> {
  try {
    return await handler(request);
  } catch (error) {
    if (error instanceof HttpError) throw error;
    return {
      status: 500,
      body: new TextEncoder().encode(`${error instanceof Error ? error.message : String(error)}\n`),
    };
  }
}

async function send(stream: ByteStream, method: string, response: ServedResponse, keepAlive: boolean): Promise<void> {
  const { status, headers = [], body } = response;
  const bytes = body instanceof Uint8Array ? body.length : body ? body.bytes : 0;
  const framing: Headers =
    status === 204 ? [] : [bytes === undefined ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(bytes)]];
  const connection: Headers = keepAlive ? [] : [['Connection', 'close']];
  const startLine = `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? ''}`;
  await stream.write(formatHead(startLine, [...headers, ...framing, ...connection]));
  if (method === 'HEAD' || status === 204 || !body) return;
  if (body instanceof Uint8Array) return stream.write(body);
  await sendStream(stream, body.chunks, bytes);
}

async function sendStream(
  stream: ByteStream,
  chunks: AsyncIterable<Uint8Array>,
  bytes: number | undefined,
): Promise<void> {
  let sent = 0;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    sent += chunk.length;
    if (bytes === undefined) await stream.write(new TextEncoder().encode(`${chunk.length.toString(16)}\r\n`));
    // More or fewer than promised cannot be mended: the client must see a broken connection, not a wrong file.
    else if (sent > bytes) throw new HttpError('cut', 'the source is longer than it said');
    await stream.write(chunk);
    if (bytes === undefined) await stream.write(new Uint8Array([13, 10]));
  }
  if (bytes === undefined) await stream.write(new TextEncoder().encode('0\r\n\r\n'));
  else if (sent < bytes) throw new HttpError('cut', 'the source ended early');
}
