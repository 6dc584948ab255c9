import { describe, expect, it } from 'vitest';
import type { ByteStream } from '../../byte-stream.ts';
import { ADDRESS } from '../network.ts';
import { pattern } from '../testing/lossy-wire.ts';
import { pageAndGuest, type PageAndGuest } from '../testing/page-and-guest.ts';
import { seededRandom } from '../testing/virtual-clock.ts';
import type { TcpStream } from '../tcp/stream.ts';
import { exchangeOn, httpExchange, type HttpOptions, type HttpOutcome, type HttpRequest } from './client.ts';
import { serveHttp, type HttpHandler } from './server.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const GET: HttpRequest = { method: 'GET', path: '/', headers: [] };

/** A guest program on port 8080 that reads a request's head and answers with these bytes, in pieces. */
function guestAnswers(
  answer: string | Uint8Array,
  pieceBytes = 7,
): PageAndGuest & { readonly request: () => string; readonly closed: () => TcpStream['closed'] } {
  const net = pageAndGuest();
  let request = '';
  let closed: TcpStream['closed'] = Promise.resolve(undefined);
  net.guest.listen(ADDRESS.guest, 8080, (incoming) => {
    const stream = incoming.accept();
    closed = stream.closed;
    void (async () => {
      while (!request.includes('\r\n\r\n')) request += decode((await stream.read()) ?? encode('\r\n\r\n'));
      const bytes = typeof answer === 'string' ? encode(answer) : answer;
      for (let at = 0; at < bytes.length; at += pieceBytes) await stream.write(bytes.subarray(at, at + pieceBytes));
      stream.end();
    })().catch(() => {});
  });
  return { ...net, request: () => request, closed: () => closed };
}

async function ask(answer: string | Uint8Array, request = GET, options: HttpOptions = {}): Promise<HttpOutcome> {
  const net = guestAnswers(answer);
  return net.settle(httpExchange(net.page, 8080, request, options));
}

const failure = (outcome: HttpOutcome): string => (outcome.ok ? 'none' : outcome.failure.code);
const body = (outcome: HttpOutcome): string =>
  outcome.ok ? decode(outcome.exchange.body) : `failed: ${outcome.failure.message}`;

describe('the client', () => {
  it('reads a body by its length, in chunks, or to the end of the connection', async () => {
    expect(body(await ask('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more'))).toBe('hello');
    expect(
      body(
        await ask(
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, chunked!\r\n0\r\nX: y\r\n\r\n',
        ),
      ),
    ).toBe('hello, chunked!');
    expect(body(await ask('HTTP/1.0 200 OK\r\n\r\nto the end'))).toBe('to the end');
    expect(body(await ask('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'))).toBe('');
    expect(body(await ask('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { ...GET, method: 'HEAD' }))).toBe('');
    expect(body(await ask('HTTP/1.1 200 OK\nContent-Length: 2\n\nhi'))).toBe('hi');
  });

  it('passes compressed bytes and headers through as they are', async () => {
    const outcome = await ask(
      Buffer.concat([
        encode('HTTP/1.1 200 Fine\r\nContent-Encoding: gzip\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n'),
        pattern(1000),
      ]),
    );
    if (!outcome.ok) throw new Error(outcome.failure.message);
    expect(outcome.exchange.body).toEqual(pattern(1000));
    expect(outcome.exchange).toMatchObject({ status: 200, statusText: 'Fine' });
    expect(outcome.exchange.headers.filter(([name]) => name === 'Set-Cookie')).toHaveLength(2);
  });

  it('sends what it was given, and its own connection headers', async () => {
    const net = guestAnswers('HTTP/1.1 200 OK\r\n\r\n');
    const request = {
      method: 'POST',
      path: '/a b?q=ü',
      headers: [
        ['X-A', '1'],
        ['Connection', 'keep-alive'],
        ['Bad', 'x\r\nInjected: y'],
      ],
      body: encode('{}'),
    } as const;
    await net.settle(httpExchange(net.page, 8080, request));
    const head = net.request().split('\r\n');
    expect(head[0]).toBe('POST /a%20b?q=%C3%BC HTTP/1.1');
    expect(head).toContain('Host: localhost:8080');
    expect(head).toContain('Connection: close');
    expect(head).toContain('Content-Length: 2');
    expect(head.filter((line) => line.startsWith('Injected'))).toEqual([]);
  });

  it('parts in peace: the server gets a FIN, also after the bytes that nobody wanted', async () => {
    for (const answer of [
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more',
      'HTTP/1.1 200 OK\r\n\r\nto the end',
    ]) {
      const net = guestAnswers(answer);
      const outcome = await net.settle(httpExchange(net.page, 8080, GET));
      expect(outcome.ok).toBe(true);
      expect(await net.settle(net.closed())).toBeUndefined();
    }
  });

  it('turns everything that goes wrong into a value', async () => {
    expect(failure(await ask('SSH-2.0-OpenSSH\r\n\r\n'))).toBe('malformed');
    expect(failure(await ask('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort'))).toBe('cut');
    expect(failure(await ask('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'))).toBe('malformed');
    expect(failure(await ask('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'))).toBe('malformed');
    expect(failure(await ask(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(100_000)}`))).toBe('too-large');
    expect(failure(await ask('HTTP/1.1 200 OK\r\n\r\n' + 'x'.repeat(5000), GET, { bodyMaxBytes: 100 }))).toBe(
      'too-large',
    );
    expect(failure(await ask(''))).toBe('cut');
    const nobody = pageAndGuest();
    expect(failure(await nobody.settle(httpExchange(nobody.page, 9, GET)))).toBe('refused');
  });

  it('can be cancelled, and gives the connection up', async () => {
    const net = pageAndGuest();
    let server: ByteStream | undefined;
    net.guest.listen(ADDRESS.guest, 8080, (incoming) => (server = incoming.accept()));
    const controller = new AbortController();
    const asking = httpExchange(net.page, 8080, GET, { signal: controller.signal });
    net.clock.setTimer(() => controller.abort(new DOMException('late', 'TimeoutError')), 1000);
    expect(failure(await net.settle(asking))).toBe('timeout');
    expect(await net.settle(server?.closed ?? Promise.reject(new Error('never connected')))).toMatchObject({
      code: 'ECONNRESET',
    });
  });

  it('never throws at random answers', async () => {
    const random = seededRandom(8);
    const good = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
    for (let round = 0; round < 60; round++) {
      const bytes = encode(good);
      for (let n = 0; n < 4; n++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      expect(typeof (await ask(bytes)).ok).toBe('boolean');
    }
  });
});

describe('the server', () => {
  const handler: HttpHandler = async ({ method, path, query, body: chunks }) => {
    let length = 0;
    for await (const chunk of chunks) length += chunk.length;
    if (path === '/fail') throw new Error('on purpose');
    if (path === '/stream') return { status: 200, body: { chunks: stream() } };
    return { status: 200, body: encode(`${method} ${path} ${query.get('q') ?? ''} ${length}`) };
  };
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 3; n++) yield await Promise.resolve(encode(`part ${n};`));
  }

  /** Sends raw bytes from the guest and returns all that comes back. */
  async function raw(text: string): Promise<string> {
    const net = pageAndGuest();
    net.page.listen(ADDRESS.services, 80, (incoming) => void serveHttp(incoming.accept(), handler));
    const client = await net.settle(net.connect(ADDRESS.services, 80));
    await client.write(encode(text));
    client.end();
    let all = '';
    const read = (async () => {
      for (let bytes = await client.read(); bytes; bytes = await client.read()) all += decode(bytes);
    })();
    await net.settle(read);
    return all;
  }

  it('keeps the connection for several requests, one after the other', async () => {
    const all = await raw(
      'GET /a%20b?q=1 HTTP/1.1\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyzHEAD /d HTTP/1.1\r\n\r\nGET /e HTTP/1.0\r\n\r\nGET /never HTTP/1.1\r\n\r\n',
    );
    expect(all.match(/HTTP\/1.1 200 OK/g)).toHaveLength(4);
    expect(all).toContain('GET /a b 1 0');
    expect(all).toContain('POST /c  3');
    expect(all).not.toContain('HEAD /d');
    expect(all).not.toContain('/never');
  });

  it('streams in chunks, says 100 Continue, survives a failing handler', async () => {
    expect(await raw('GET /stream HTTP/1.1\r\n\r\n')).toContain(
      'Transfer-Encoding: chunked\r\n\r\n7\r\npart 0;\r\n7\r\npart 1;\r\n7\r\npart 2;\r\n0\r\n\r\n',
    );
    expect(
      await raw('PUT / HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK[^]*PUT \/ {2}2$/);
    expect(await raw('GET /fail HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 500 [^]*on purpose\n$/);
  });

  it('answers nonsense with 400', async () => {
    expect(await raw('what is this\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request/);
    expect(await raw('GET / HTTP/1.1\r\nno colon\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request/);
  });

  it('and the client understand each other on any stream', async () => {
    const net = pageAndGuest();
    net.page.listen(ADDRESS.services, 80, (incoming) => void serveHttp(incoming.accept(), handler));
    const stream = await net.settle(net.connect(ADDRESS.services, 80));
    const answer = await net.settle(
      exchangeOn(stream, { method: 'POST', path: '/x', headers: [], body: pattern(200_000) }),
    );
    expect(decode(answer.body)).toBe('POST /x  200000');
  });
});
