// The client's side of the engine's REST API: JSON calls, streams, and connections that turn into a raw stream.
import { HttpClient, type ByteReader, type ClientResponse, type Endpoint, type Hijacked } from '../http/index.ts';
import { readToEnd } from '../loop/index.ts';
import { saidBody } from './said-body.ts';
import { spanBegin, spanEnd } from '../span.ts';
import { SPAN_HEADER } from '../../protocol/spans.ts';
import { utf8Decode } from '../sys/index.ts';

/** The daemon answered with an error; the message is as Docker's client prints it. */
export class ApiFailure extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Connection {
  readonly stream: Hijacked;
  close(): void;
}

export class Api {
  readonly #http: HttpClient;
  readonly #host: string;
  readonly #span: string;

  /** `host` is as in -H, for messages; `span` is the span of the command, parent of its requests. */
  constructor(endpoint: Endpoint, host: string, span: string) {
    this.#http = new HttpClient(endpoint);
    this.#host = host;
    this.#span = span;
  }

  /** One request; the answer's body as text, whatever its status. */
  async call(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    return this.#traced(method, path, body, async (headers) => {
      const response = await this.#http.request(method, path, {
        headers,
        ...(body === undefined ? {} : { body: { json: body } }),
      });
      const text = await response.text();
      return { status: response.status, text };
    });
  }

  /** Throws ApiFailure for an answer of 400 and up. */
  check(status: number, text: string): void {
    if (status < 400) return;
    let message = text.trim();
    try {
      message = (JSON.parse(text) as { message?: string }).message ?? message;
    } catch {
      // Not JSON: a proxy or a half-dead daemon; its words stand as they are.
    }
    throw new ApiFailure(status, `Error response from daemon: ${message}`);
  }

  /** A request whose answer does not matter. Throws ApiFailure. */
  async send(method: string, path: string, body?: unknown): Promise<void> {
    const { status, text } = await this.call(method, path, body);
    this.check(status, text);
  }

  /** A request answered with JSON. Throws ApiFailure. */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.call(method, path, body);
    this.check(status, text);
    return JSON.parse(text) as T;
  }

  /** A request whose answer goes on coming. `body` may be a stream of bytes, sent with `headers`. Throws ApiFailure. */
  async stream(
    method: string,
    path: string,
    body?: ByteReader,
    more: Readonly<Record<string, string>> = {},
  ): Promise<ByteReader> {
    return (await this.request(method, path, body, more)).body;
  }

  /** The same with the head of the answer, where `docker cp` finds what the path is. Throws ApiFailure. */
  async request(
    method: string,
    path: string,
    body?: ByteReader,
    more: Readonly<Record<string, string>> = {},
  ): Promise<ClientResponse> {
    return this.#traced(method, path, undefined, async (headers) => {
      const response = await this.#http.request(method, path, {
        headers: { ...headers, ...more },
        ...(body ? { body } : {}),
      });
      if (response.status >= 400) this.check(response.status, await response.text());
      return response;
    });
  }

  /** HEAD: the status and one header of the answer. */
  async head(path: string, header: string): Promise<{ status: number; header: string | undefined }> {
    return this.#traced('HEAD', path, undefined, async (headers) => {
      const response = await this.#http.request('HEAD', path, { headers });
      response.close();
      return { status: response.status, header: response.headers.get(header) };
    });
  }

  async textOf(body: ByteReader): Promise<string> {
    return utf8Decode(await readToEnd(body));
  }

  /** A request that takes the connection over (attach, exec). Throws ApiFailure. */
  async hijack(method: string, path: string, body?: unknown): Promise<Connection> {
    return this.#traced(method, path, body, async (headers) => {
      const answer = await this.#http.upgrade(method, path, {
        headers,
        ...(body === undefined ? {} : { body: { json: body } }),
      });
      if ('stream' in answer) return { stream: answer.stream, close: () => answer.stream.close() };
      this.check(answer.status, await answer.text());
      throw new ApiFailure(answer.status, `unable to upgrade to tcp, received ${answer.status}`);
    });
  }

  async #traced<T>(
    method: string,
    path: string,
    body: unknown,
    act: (headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const span = spanBegin('docker', 'request', { method, path, ...saidBody(body) }, this.#span);
    try {
      const result = await act({ 'User-Agent': 'Docker-Client/28.2.2 (linux)', [SPAN_HEADER]: span });
      const status = (result as { status?: number }).status;
      spanEnd(span, 'docker', 'request', status === undefined ? {} : { status });
      return result;
    } catch (error) {
      spanEnd(span, 'docker', 'request', error instanceof ApiFailure ? { status: error.status } : {});
      const code = (error as { code?: string }).code;
      if (code === 'ENOENT' || code === 'ECONNREFUSED')
        throw new ApiFailure(0, `Cannot connect to the Docker daemon at ${this.#host}. Is the docker daemon running?`);
      throw error;
    }
  }
}
