import { describe, expect, it } from 'vitest';
import { makeDaemon, makeRequest } from './double.ts';
import { dispatch, redirection, Router, splitVersion } from './router.ts';
import { ROUTES } from './routes.ts';

const router = new Router(ROUTES);

describe('the route table', () => {
  it('has no endpoint twice', () => {
    const keys = ROUTES.map(([method, pattern]) => `${method} ${pattern.replace(/\{\w+/g, '{')}`);
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });

  it.each([
    ['GET', '/_ping'],
    ['HEAD', '/_ping'],
    ['GET', '/containers/json'],
    ['POST', '/containers/create'],
    ['DELETE', '/containers/abc'],
    ['PUT', '/containers/abc/archive'],
    ['GET', '/images/json'],
    ['GET', '/images/localhost:5000/team/app:v1/json'],
    ['DELETE', '/images/team/app'],
    ['GET', '/networks/bridge'],
    ['POST', '/build'],
    ['GET', '/swarm'],
  ])('%s %s', (method, path) => {
    expect(router.match(method, path).endpoint).toBeTypeOf('function');
  });

  it('gives what the placeholders matched, decoded', () => {
    expect(router.match('GET', '/images/team%2Fapp%3Av1/json').params).toEqual(['team/app:v1']);
    expect(router.match('POST', '/networks/n1/connect').params).toEqual(['n1']);
  });

  it.each([
    ['GET', '/nothing'],
    ['PATCH', '/containers/json'],
    ['GET', '/containers'],
    ['GET', '/'],
  ])('does not know %s %s', (method, path) => {
    expect(() => router.match(method, path)).toThrow('page not found');
  });
});

describe('versions', () => {
  it('are stripped', () => {
    expect(splitVersion('/v1.43/info')).toEqual({ version: 43, rest: '/info' });
    expect(splitVersion('/info')).toEqual({ version: 47, rest: '/info' });
    expect(splitVersion('/volumes/v1')).toEqual({ version: 47, rest: '/volumes/v1' });
  });
  it('are refused when too old or too new', () => {
    expect(() => splitVersion('/v1.23/info')).toThrow('client version 1.23 is too old');
    expect(() => splitVersion('/v1.99/info')).toThrow('client version 1.99 is too new');
    expect(() => splitVersion('/v2.0/info')).toThrow('too new');
    expect(() => splitVersion('/v1/info')).toThrow('client version 1 is too old');
  });
});

it('sends on what has empty words or dots in its path, as Go’s routers do', () => {
  const where = (target: string): unknown => {
    const reply = redirection(target.split('?')[0] ?? '', target);
    return reply?.kind === 'empty' && reply.status === 301 ? reply.headers?.['Location'] : undefined;
  };
  expect(where('//info')).toBe('/info');
  expect(where('/v1.47//containers/json?all=1&name=//x')).toBe('/v1.47/containers/json?all=1&name=//x');
  expect(where('/v1.47/./a/../info/.')).toBe('/v1.47/info');
  expect(where('/images/a//')).toBe('/images/a/');
  for (const target of ['/info', '/info/', '/', '/images/a..b/json?x=//', '/images/...'])
    expect(where(target)).toBeUndefined();
});

describe('refusals', () => {
  it.each([
    ['GET', '/nothing', 404, 'page not found'],
    ['GET', '/containers/absent/json', 404, 'No such container: absent'],
    ['GET', '/images/absent/json', 404, 'No such image: absent:latest'],
    ['GET', '/networks/absent', 404, 'network absent not found'],
    ['GET', '/volumes/absent', 404, 'get absent: no such volume'],
    ['GET', '/containers/json?filters=%7B%22x%22%3A%5B%5D%7D', 400, "invalid filter 'x'"],
    ['GET', '/nodes', 503, 'This node is not a swarm manager.'],
    ['POST', '/build?squash=1', 501, 'not implemented: --squash'],
    ['POST', '/build?version=2', 400, 'buildkit not supported by daemon'],
    ['GET', '/containers/absent/logs', 404, 'No such container'],
    ['GET', '/containers/json?limit=x', 400, 'invalid syntax'],
    ['GET', '/containers/json?filters=x', 400, 'invalid filter'],
    ['GET', '/containers/json?filters={"label":"a"}', 400, 'invalid filter'],
    ['GET', '/containers/json?filters={"label!":["a"]}', 400, "invalid filter 'label!'"],
    ['GET', '/containers/json?filters={"exited":["x"]}', 400, 'strconv.Atoi: parsing "x": invalid syntax'],
    ['GET', '/containers/json?filters={"health":["x"]}', 400, 'Unrecognised filter value for health: x'],
    ['GET', '/containers/json?filters={"is-task":["x"]}', 400, "invalid filter 'is-task=[x]'"],
    ['GET', '/containers/json?filters={"publish":["1:2"]}', 400, "filter for 'publish' should not contain ':': 1:2"],
    ['GET', '/containers/json?filters={"expose":["x"]}', 400, 'error while looking up for expose x'],
    ['GET', '/networks?filters={"type":["x"]}', 400, "invalid filter: 'type'='x'"],
    ['GET', '/system/df?type=x', 400, 'unknown object type: x'],
    ['POST', '/commit', 400, 'invalid name or ID supplied: ""'],
    ['POST', '/build?version=9', 400, 'invalid version: "9"'],
    [
      'POST',
      '/build?buildargs=x',
      400,
      "error reading build args: invalid character 'x' looking for beginning of value",
    ],
    ['POST', '/build?labels=x', 400, 'error reading labels'],
  ])('%s %s is %d', async (method, target, status, words) => {
    const reply = await makeDaemon().request(method, target);
    expect(reply).toMatchObject({ kind: 'json', status });
    expect(reply.kind === 'json' && (JSON.parse(reply.text) as { message: string }).message).toContain(words);
  });

  it('a body must be called JSON', async () => {
    const t = makeDaemon();
    const request = makeRequest('POST', '/volumes/create', { Name: 'data' });
    const reply = await dispatch(t.daemon, router, { ...request, header: () => 'text/plain' });
    expect(reply).toMatchObject({ status: 400, text: expect.stringContaining("must be 'application/json'") as string });
  });

  it('lists and maps hold strings', async () => {
    const t = makeDaemon();
    for (const wrong of [{ Cmd: [1] }, { Env: [{}] }, { Labels: { a: 1 } }, { HostConfig: { Binds: [true] } }])
      expect(await t.request('POST', '/containers/create', { Image: 'busybox', ...wrong })).toMatchObject({
        status: 400,
      });
  });

  it("malformed JSON is the client's error", async () => {
    const t = makeDaemon();
    for (const body of ['[]', 'null', '5']) {
      const reply = await t.request('POST', '/containers/create', JSON.parse(body));
      expect(reply).toMatchObject({ kind: 'json', status: 400 });
    }
  });
});
