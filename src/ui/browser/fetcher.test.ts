import { describe, expect, it } from 'vitest';
import type { HttpExchange } from '../../protocol/vm-api.ts';
import { localAddress } from './address.ts';
import { Fetcher } from './fetcher.ts';

const reply = (status: number, headers: [string, string][] = []): HttpExchange => ({
  status,
  statusText: '',
  headers,
  body: new Uint8Array(),
  timeMs: 1,
});
const home = localAddress('localhost:8080')!;

describe('Fetcher', () => {
  it('follows redirects inside the machine and turns POST into GET', async () => {
    const seen: string[] = [];
    const fetcher = new Fetcher(async (port, request) => {
      seen.push(`${request.method} ${port}${request.path}`);
      return seen.length === 1
        ? reply(302, [['Location', '/next']])
        : reply(200, [['Content-Type', 'Text/HTML; charset=x']]);
    });
    const answer = await fetcher.fetch(home, { method: 'POST', body: new Uint8Array([1]) });
    expect(seen).toEqual(['POST 8080/', 'GET 8080/next']);
    expect(answer).toMatchObject({ type: 'text/html', address: { path: '/next' } });
  });
  it('refuses to leave the machine, and ends a circle', async () => {
    await expect(
      new Fetcher(async () => reply(301, [['location', 'https://example.org/']])).fetch(home),
    ).rejects.toThrow('example.org');
    await expect(new Fetcher(async () => reply(301, [['location', '/']])).fetch(home)).rejects.toThrow('circle');
  });
  it('keeps cookies per port and drops expired ones', async () => {
    let cookie: string | undefined;
    let set = 's=1; Path=/; HttpOnly';
    const fetcher = new Fetcher(async (_port, request) => {
      cookie = request.headers.find(([name]) => name === 'Cookie')?.[1];
      return reply(200, [['Set-Cookie', set]]);
    });
    await fetcher.fetch(home);
    await fetcher.fetch(localAddress(':9090')!);
    expect(cookie).toBeUndefined();
    set = 's=; Max-Age=0';
    await fetcher.fetch(home);
    expect(cookie).toBe('s=1');
    await fetcher.fetch(home);
    expect(cookie).toBeUndefined();
  });
});
