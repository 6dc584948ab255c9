// What an endpoint gets and gives. Endpoints know neither sockets nor HTTP framing: server.ts carries replies out.
import type { AbortSignal, ByteReader, ByteWriter } from '../loop/index.ts';
import { readToEnd } from '../loop/index.ts';
import { utf8Decode } from '../sys/index.ts';
import { invalidParameter } from './errors.ts';
import { spellNames } from './json-names.ts';
import type { Query } from './query.ts';

export interface ApiRequest {
  readonly method: string;
  /** Decoded, without the version prefix and the query. */
  readonly path: string;
  /** 47 for /v1.47; the newest one when the path names none. */
  readonly apiVersion: number;
  readonly query: Query;
  /** What the route's {placeholders} matched, in order. */
  params: readonly string[];
  readonly body: ByteReader;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Id of this request's span, the parent of what is done for it. */
  span: string | undefined;
  header(name: string): string | undefined;
}

/** Both directions of a hijacked connection. */
export interface Duplex extends ByteReader, ByteWriter {
  close(): void;
}

export type Headers = Readonly<Record<string, string>>;

export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly text: string; readonly headers?: Headers }
  | { readonly kind: 'text'; readonly status: number; readonly text: string; readonly headers: Headers }
  | { readonly kind: 'empty'; readonly status: number; readonly headers?: Headers }
  /** Status and headers go out at once, the body as it is written. */
  | {
      readonly kind: 'stream';
      readonly contentType: string;
      readonly headers?: Headers;
      readonly write: (out: ByteWriter) => Promise<void>;
    }
  /** The connection stops being HTTP. */
  | { readonly kind: 'hijack'; readonly contentType: string; readonly run: (connection: Duplex) => Promise<void> }
  /** The same in a WebSocket's messages. */
  | { readonly kind: 'websocket'; readonly key: string; readonly run: (connection: Duplex) => Promise<void> };

export const json = (value: unknown, status = 200): Reply => ({ kind: 'json', status, text: JSON.stringify(value) });
export const empty = (status = 204): Reply => ({ kind: 'empty', status });
export const stream = (contentType: string, write: (out: ByteWriter) => Promise<void>): Reply => ({
  kind: 'stream',
  contentType,
  write,
});

/**
 * The body as JSON, its names spelled as documented; an empty one is {}, where there may be none. It must be called JSON, as in
 * Docker: whoever leaves the header out (curl -d) is told.
 */
export async function bodyOf(request: ApiRequest, isNeeded = false): Promise<Record<string, unknown>> {
  const text = utf8Decode(await readToEnd(request.body, 4 * 1024 * 1024));
  const type = request.header('content-type');
  if (type !== undefined || text !== '') checkJsonType(type ?? '');
  if (text.trim() === '') {
    if (isNeeded) throw invalidParameter('invalid JSON: got EOF while reading request body');
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidParameter(`invalid JSON: ${jsonProblem(text, error)}`);
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalidParameter('invalid JSON: the body must be an object');
  return spellNames(value as Record<string, unknown>);
}

function checkJsonType(type: string): void {
  if (type === 'application/json') return;
  const [mimeType = ''] = type.split(';').map((part) => part.trim().toLowerCase());
  if (mimeType === '') throw invalidParameter(`malformed Content-Type header (${type}): mime: no media type`);
  if (mimeType !== 'application/json')
    throw invalidParameter(`unsupported Content-Type header (${type}): must be 'application/json'`);
}

/** What is wrong with JSON, in Go's words where they are easily told. */
export function jsonProblem(text: string, error: unknown): string {
  const first = text.trimStart()[0];
  if (first === undefined) return 'unexpected end of JSON input';
  if (!/[[{"\-0-9tfn]/.test(first)) return `invalid character '${first}' looking for beginning of value`;
  return error instanceof Error ? error.message : String(error);
}

/** A placeholder of the route; that it exists is the route table's business. */
export function param(request: ApiRequest, index = 0): string {
  return request.params[index] ?? '';
}
