import { expect, it, vi } from 'vitest';
import type { ClientResponse, RequestOptions } from '../../http/index.ts';
import { installDouble } from '../../sys/double.ts';
import { RegistryClient } from './client.ts';

installDouble();

/** A registry that lets in who carries `wanted`, and counts what it was asked. */
function clientOf(credentials: { username: string; password: string } | undefined, challenge: string, wanted: string) {
  const full = credentials && { ...credentials, registryToken: '', identityToken: '', serverAddress: '' };
  const client = new RegistryClient(
    { scheme: 'http', host: '10.0.2.4', port: 5000, name: 'reg:5000', isMirror: false },
    'team/app',
    full,
    'pull,push',
  );
  const asked: string[] = [];
  const answer = (status: number, body = ''): ClientResponse =>
    ({
      status,
      ok: status < 300,
      headers: { get: (name: string) => (name === 'www-authenticate' ? challenge : undefined) },
      body: { drain: async () => true },
      json: async () => JSON.parse(body) as unknown,
      close: () => undefined,
    }) as unknown as ClientResponse;
  vi.spyOn(client as unknown as { once: unknown }, 'once' as never).mockImplementation((async (
    method: string,
    path: string,
    options: RequestOptions,
  ) => {
    const authorization = (client as unknown as { authorization?: string }).authorization;
    asked.push(`${method} ${path} ${options.headers?.['Authorization'] ?? authorization ?? '-'}`);
    // The answer comes later, when another request may have logged in.
    await Promise.resolve();
    if (path.startsWith('/token')) return answer(200, '{"token":"t"}');
    return answer(authorization === wanted ? 200 : 401);
  }) as never);
  return { client, asked };
}

it('answers a Basic challenge once, also for requests side by side', async () => {
  const basic = `Basic ${Buffer.from('a:b').toString('base64')}`;
  const { client, asked } = clientOf({ username: 'a', password: 'b' }, 'Basic realm="here"', basic);
  const both = await Promise.all([client.send('HEAD', '/one'), client.send('HEAD', '/two')]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect(asked).toEqual(['HEAD /one -', 'HEAD /two -', `HEAD /one ${basic}`, `HEAD /two ${basic}`]);
});

it('gives up after a wrong password, and says so where there is none', async () => {
  const { client } = clientOf({ username: 'a', password: 'x' }, 'Basic realm="here"', 'Basic other');
  expect((await client.send('GET', '/v2/')).status).toBe(401);
  const nobody = clientOf(undefined, 'Basic realm="here"', 'Basic other');
  await expect(nobody.client.send('GET', '/v2/')).rejects.toThrow(
    'Get "http://reg:5000/v2/": no basic auth credentials',
  );
});

it('fetches a token where the registry says', async () => {
  const challenge = 'Bearer realm="http://reg:5000/token",service="reg",scope="repository:team/app:pull,push"';
  const { client, asked } = clientOf(undefined, challenge, 'Bearer t');
  expect((await client.send('GET', '/v2/x')).status).toBe(200);
  expect(asked).toEqual([
    'GET /v2/x -',
    'GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull%2Cpush -',
    'GET /v2/x Bearer t',
  ]);
});
