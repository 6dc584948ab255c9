import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import {
  formatQuery,
  HttpClient,
  pump,
  Query,
  readerOf,
  serveConnection,
  type Handler,
  type Transport,
} from './index.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** One end of a connection in memory. */
class Memory implements Transport {
  readonly fd = -1;
  peer: Memory | undefined;
  #pieces: Uint8Array[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  #gone: (() => void) | undefined;
  tryRead(): Uint8Array | null | undefined {
    return this.#pieces.shift() ?? (this.#ended ? null : undefined);
  }
  async wait(): Promise<void> {
    if (this.#pieces.length === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
  receive(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.#ended = true;
      this.#gone?.();
    } else this.#pieces.push(bytes.slice());
    this.#wake?.();
  }
  send(...parts: (Uint8Array | string)[]): Promise<void> {
    for (const part of parts) this.peer?.receive(typeof part === 'string' ? bytesOf(part) : part);
    return Promise.resolve();
  }
  endWrite(): void {
    this.peer?.receive(null);
  }
  close(): void {
    this.peer?.receive(null);
    this.receive(null);
  }
  hangup(): Promise<void> {
    return new Promise((resolve) => (this.#ended ? resolve() : (this.#gone = resolve)));
  }
}

function connection(): [Memory, Memory] {
  const [a, b] = [new Memory(), new Memory()];
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** Sends raw text, half-closes, and gives back all that the server said. */
async function exchange(handler: Handler, ...pieces: string[]): Promise<string> {
  const [client, server] = connection();
  const done = serveConnection(server, handler);
  for (const piece of pieces) void client.send(piece);
  client.endWrite();
  await done;
  let text = '';
  for (let piece = client.tryRead(); piece; piece = client.tryRead()) text += textOf(piece);
  return text.replaceAll(/Date: [^\r]*\r\n/g, '');
}

const hello: Handler = (_request, response) => response.send(200, 'hi');
const echo: Handler = async (request, response) => response.send(200, await request.body.bytes());

beforeEach(() => void installDouble());

describe('server', () => {
  it('answers several requests on one connection', async () => {
    const one = 'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(await exchange(hello, one + one)).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'.repeat(2));
  });

  it('takes heads and bodies in any pieces', async () => {
    const text =
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n';
    const whole = await exchange(echo, text);
    expect(whole).toMatch(/\r\n\r\nabcde$/);
    expect(await exchange(echo, ...text)).toBe(whole);
  });

  it('refuses malformed input with 400 and closes', async () => {
    for (const bad of [
      'nonsense\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'GET / HT',
    ]) {
      expect(await exchange(echo, bad), bad).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(await exchange(hello, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(70000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });

  it('turns a thrown error into a 500 and a late one into a broken body', async () => {
    const boom: Handler = () => Promise.reject(new Error('boom'));
    expect(await exchange(boom, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 500 .*\{"message":"boom"\}\n$/s,
    );
    const late: Handler = async (_request, response) => {
      await (await response.stream(200)).write(bytesOf('part'));
      throw new Error('late');
    };
    expect(await exchange(late, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/\r\n4\r\npart\r\n$/);
  });

  it('sends no body to HEAD and asks for one only when it is read', async () => {
    expect(await exchange(hello, 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n',
    );
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n';
    expect(await exchange(echo, `${head}x`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    expect(await exchange(hello, head)).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('tells a waiting handler that the client went away', async () => {
    const [client, server] = connection();
    let reason: unknown;
    const done = serveConnection(server, async (request, response) => {
      await response.stream(200);
      await new Promise<void>((resolve) => void request.signal.onAbort(resolve));
      reason = request.signal.reason;
    });
    void client.send('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.resolve();
    client.close();
    await done;
    expect(String(reason)).toContain('went away');
  });
});

describe('client and server together', () => {
  const clientOf = (handler: Handler): HttpClient =>
    new HttpClient({ unix: '/x' }, () => {
      const [client, server] = connection();
      void serveConnection(server, handler);
      return Promise.resolve(client);
    });

  it('sends JSON and reads JSON, and keeps the connection', async () => {
    const client = clientOf(async (request, response) =>
      response.json(201, { method: request.method, body: await request.body.json() }),
    );
    for (let i = 0; i < 3; i++) {
      const response = await client.request('POST', '/a?b=1', { body: { json: { i } } });
      expect([response.status, await response.json()]).toEqual([201, { method: 'POST', body: { i } }]);
    }
  });

  it('streams both ways', async () => {
    const client = clientOf(async (request, response) => void (await pump(request.body, await response.stream(200))));
    const response = await client.request('POST', '/', { body: readerOf('one ', 'two') });
    expect(await response.text()).toBe('one two');
  });

  it('hands a connection over with what was sent behind the head, and half-closes', async () => {
    const client = clientOf(async (_request, response) => {
      const raw = await response.hijack(101, { Connection: 'Upgrade', Upgrade: 'tcp' });
      await raw.write(bytesOf('ready '));
      await pump(raw, raw);
      await raw.write(bytesOf(' end'));
      raw.close();
    });
    const result = await client.upgrade('POST', '/attach');
    if (!('stream' in result)) throw new Error('not upgraded');
    await result.stream.write(bytesOf('stdin'));
    await result.stream.end();
    let text = '';
    for (let piece = await result.stream.read(); piece; piece = await result.stream.read()) text += textOf(piece);
    expect(text).toBe('ready stdin end');
  });
});

describe('queries', () => {
  it('reads them as Docker does', () => {
    const query = new Query('all=1&filters=%7B%22a%22%3A1%7D&name=a+b&t=10&force=false&bad=%zz&all=0');
    expect([
      query.bool('all'),
      query.bool('force'),
      query.bool('none'),
      query.int('t'),
      query.get('name'),
      query.get('bad'),
    ]).toEqual([true, false, false, 10, 'a b', '%zz']);
    expect(query.getAll('all')).toEqual(['1', '0']);
    expect(query.get('filters')).toBe('{"a":1}');
    expect(formatQuery({ a: 1, b: undefined, c: 'x y' })).toBe('?a=1&c=x%20y');
  });
});
