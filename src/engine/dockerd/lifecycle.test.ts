// The life of a container through the API, with the kernel's side played by doubles.
import { beforeEach, describe, expect, it } from 'vitest';
import { makeDaemon, type TestDaemon } from './double.ts';

let t: TestDaemon;
beforeEach(() => {
  t = makeDaemon();
});

const create = async (body: object = {}, query = '?name=web'): Promise<string> => {
  const answer = (await t.json('POST', `/containers/create${query}`, {
    Image: 'busybox',
    Cmd: ['sleep', '9'],
    ...body,
  })) as { Id: string };
  return answer.Id;
};
const state = (id: string): unknown => t.daemon.containers.require(id).state.status;

describe('create', () => {
  it("answers 201 with an ID of 64 digits and keeps the image's config beneath the client's", async () => {
    const reply = await t.request('POST', '/v1.47/containers/create?name=web', {
      Image: 'busybox',
      Env: ['A=2', 'B=3'],
    });
    expect(reply).toMatchObject({ kind: 'json', status: 201 });
    const { config, path } = t.daemon.containers.require('web');
    expect(config.Env).toEqual(['A=2', 'B=3', 'PATH=/bin']);
    expect(config.Labels).toEqual({ from: 'image' });
    expect(path).toBe('sh');
    expect(t.told).toEqual(['container create']);
  });

  it.each([
    [{ Image: 'nosuch' }, 404, 'No such image: nosuch:latest'],
    [{ Image: 'busybox', HostConfig: { Memory: 1024 } }, 400, 'Minimum memory limit allowed is 6MB'],
    [{ Image: 'busybox', HostConfig: { NanoCpus: 64e9 } }, 400, 'range of CPUs is from 0.01 to 1.00'],
    [{ Image: 'busybox', HostConfig: { NetworkMode: 'absent' } }, 404, 'network absent not found'],
    [{ Image: 'busybox', HostConfig: { Binds: ['a:b'] } }, 400, 'mount path must be absolute'],
    [{ Image: 'busybox', HostConfig: { CapAdd: ['swim'] } }, 400, 'invalid CapAdd: unknown capability: '],
    [{ Image: 'busybox', HostConfig: { OomScoreAdj: 2000 } }, 400, 'range for oom score adj is [-1000, 1000]'],
    [{ Image: 'busybox', HostConfig: { ShmSize: -1 } }, 400, 'SHM size can not be less than 0'],
    [{ Image: 'busybox', HostConfig: { ExtraHosts: ['x'] } }, 400, 'bad format for add-host: '],
    [{ Image: 'busybox', HostConfig: { ExtraHosts: ['x:y'] } }, 400, 'invalid IP address in add-host: '],
    [
      { Image: 'busybox', HostConfig: { Tmpfs: { run: '' } } },
      400,
      "invalid mount path: 'run' mount path must be absolute",
    ],
    [{ Image: 'busybox', StopSignal: 'STAY' }, 400, 'invalid signal: STAY'],
    [{ Image: 'busybox', Healthcheck: { Interval: 1 } }, 400, 'Interval in Healthcheck cannot be less than 1ms'],
    [
      { Image: 'busybox', HostConfig: { AutoRemove: true, RestartPolicy: { Name: 'always' } } },
      400,
      "can't create 'AutoRemove'",
    ],
    [{ Image: 'busybox', Cmd: 5 }, 400, 'cannot unmarshal number'],
    [{}, 400, 'config cannot be empty'],
  ])('refuses %j', async (body, status, message) => {
    const reply = await t.request('POST', '/containers/create', body);
    expect(reply).toMatchObject({ kind: 'json', status });
    expect(reply.kind === 'json' && reply.text).toContain(message);
    expect(t.daemon.containers.size).toBe(0);
    expect(t.daemon.layers.containerIds()).toEqual([]);
  });

  it('refuses a taken name with 409 and leaves nothing', async () => {
    await create();
    const reply = await t.request('POST', '/containers/create?name=web', { Image: 'busybox' });
    expect(reply).toMatchObject({ status: 409 });
    expect(reply.kind === 'json' && reply.text).toContain('The container name \\"/web\\" is already in use');
    expect(t.daemon.containers.size).toBe(1);
  });
});

describe('links', () => {
  it('give the other a second name, by which it is found, until they are removed', async () => {
    const names = async (): Promise<string[][]> =>
      ((await t.json('GET', '/containers/json?all=1')) as { Names: string[] }[]).map(({ Names }) => Names);
    const db = await create({}, '?name=db');
    await create({ HostConfig: { Links: ['db:store'] } });
    expect(await names()).toEqual([['/web'], ['/db', '/web/store']]);
    expect(await t.json('GET', '/containers/web/store/json')).toMatchObject({ Id: db, Name: '/db' });
    expect(await t.json('GET', '/containers/web/json')).toMatchObject({ HostConfig: { Links: ['/db:/web/store'] } });
    await t.request('POST', '/containers/web/rename?name=site');
    expect(await names()).toEqual([['/site'], ['/db', '/site/store']]);
    expect(await t.request('DELETE', '/containers/site%2Fstore?link=1')).toMatchObject({ status: 204 });
    expect(await names()).toEqual([['/site'], ['/db']]);
    expect(await t.request('DELETE', '/containers/site/store')).toMatchObject({ status: 404 });
  });
});

describe('start, exit, remove', () => {
  it("goes created → running → exited, with Docker's events", async () => {
    const id = await create();
    expect(state(id)).toBe('created');
    expect(await t.request('POST', `/containers/${id}/start`)).toMatchObject({ status: 204 });
    expect(state(id)).toBe('running');
    expect(await t.request('POST', `/containers/${id}/start`)).toMatchObject({ status: 304 });
    await t.exits(id, 7);
    expect(state(id)).toBe('exited');
    expect(t.daemon.containers.require(id).state.exitCode).toBe(7);
    expect(await t.request('DELETE', `/containers/${id}`)).toMatchObject({ status: 204 });
    expect(t.told).toEqual([
      'container create',
      'network connect',
      'container start',
      'container die',
      'network disconnect',
      'container destroy',
    ]);
    expect(t.asked.map(({ method }) => method)).toEqual(['create', 'start', 'delete']);
  });

  it('shows published ports while it runs', async () => {
    const id = await create({
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
    });
    await t.request('POST', `/containers/${id}/start`);
    const [entry] = (await t.json('GET', '/containers/json')) as { Ports: object[]; Status: string }[];
    expect(entry?.Ports).toEqual([{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }]);
    await t.exits(id, 0);
    const [after] = (await t.json('GET', '/containers/json?all=1')) as { Ports: object[] }[];
    expect(after?.Ports).toEqual([]);
  });

  it.each([
    ['exec: "sleep": executable file not found in $PATH: unknown', 127, 400],
    ['exec: "sleep": permission denied: unknown', 126, 400],
    ['something else', 128, 500],
  ])('turns runc\'s "%s" into exit code %d', async (words, exitCode, status) => {
    const id = await create();
    t.refuse('create', words);
    expect(await t.request('POST', `/containers/${id}/start`)).toMatchObject({ status });
    const { state: after } = t.daemon.containers.require(id);
    expect([after.status, after.exitCode, after.pid]).toEqual(['created', exitCode, 0]);
    expect(after.error).toContain('failed to create task for container: ');
    expect(t.asked.map(({ method }) => method)).toEqual(['create', 'delete']);
  });

  it('removes itself with --rm, also when it could not be started', async () => {
    const id = await create({ HostConfig: { AutoRemove: true } });
    await t.request('POST', `/containers/${id}/start`);
    await t.exits(id, 0);
    expect(t.daemon.containers.size).toBe(0);
    const other = await create({ HostConfig: { AutoRemove: true } });
    t.refuse('create', 'no');
    await t.request('POST', `/containers/${other}/start`);
    expect(t.daemon.containers.size).toBe(0);
  });

  it('comes back by its restart policy, unless it was stopped', async () => {
    const id = await create({ HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } });
    await t.request('POST', `/containers/${id}/start`);
    await t.exits(id, 1);
    expect(state(id)).toBe('restarting');
    await t.request('POST', `/containers/${id}/stop`);
    expect(state(id)).toBe('exited');
  });

  it('is not removed while it runs', async () => {
    const id = await create();
    await t.request('POST', `/containers/${id}/start`);
    const reply = await t.request('DELETE', `/containers/${id}`);
    expect(reply).toMatchObject({ status: 409 });
    expect(reply.kind === 'json' && reply.text).toContain('cannot remove container \\"/web\\": container is running');
  });
});

describe('pause, rename, update, kill', () => {
  it.each([
    ['/containers/web/rename?name=shop', undefined],
    ['/containers/web/update', { CpuShares: 5 }],
    ['/networks/bridge/disconnect', { Container: 'web' }],
  ])('%s is on the disk when it is answered', async (path, body) => {
    await create();
    t.double.calls.length = 0;
    expect([200, 204]).toContain(((await t.request('POST', path, body)) as { status: number }).status);
    const names = t.double.names();
    expect(names).toContain('rename');
    expect(names.lastIndexOf('fsync')).toBeGreaterThan(names.lastIndexOf('rename'));
  });

  it('freezes and thaws', async () => {
    const id = await create();
    expect(await t.request('POST', `/containers/${id}/pause`)).toMatchObject({ status: 409 });
    await t.request('POST', `/containers/${id}/start`);
    await t.request('POST', `/containers/${id}/pause`);
    expect(state(id)).toBe('paused');
    const [entry] = (await t.json('GET', '/containers/json')) as { Status: string; State: string }[];
    expect([entry?.State, entry?.Status.endsWith('(Paused)')]).toEqual(['paused', true]);
    await t.request('POST', `/containers/${id}/unpause`);
    expect(state(id)).toBe('running');
  });

  it('gets another name', async () => {
    const id = await create();
    expect(await t.request('POST', '/containers/web/rename?name=shop')).toMatchObject({ status: 204 });
    expect(t.daemon.containers.find('web')).toBeUndefined();
    expect(t.daemon.containers.find('shop')?.id).toBe(id);
  });

  it('takes new limits while it runs', async () => {
    const id = await create();
    await t.request('POST', `/containers/${id}/start`);
    await t.request('POST', `/containers/${id}/update`, {
      Memory: 64 * 1024 * 1024,
      MemorySwap: 128 * 1024 * 1024,
      CpuShares: 0,
    });
    expect(t.asked.at(-1)).toMatchObject({
      method: 'update',
      request: { resources: { memory: { limit: 67108864, swap: -1 } } },
    });
  });

  it('says that what does not run cannot be killed', async () => {
    const id = await create();
    const reply = await t.request('POST', '/containers/web/kill');
    expect(reply).toMatchObject({ status: 409 });
    expect(reply.kind === 'json' && reply.text).toContain(`cannot kill container: web: container ${id} is not running`);
    expect(await t.request('POST', '/containers/web/kill?signal=NOPE')).toMatchObject({ status: 400 });
  });
});

describe('bodies', () => {
  it('have names in any case', async () => {
    const body = { image: 'busybox', hostconfig: { networkmode: 'none', memory: 64e6 }, LABELS: { Mine: 'a' } };
    await t.request('POST', '/containers/create?name=lower', body);
    expect(await t.json('GET', '/containers/lower/json')).toMatchObject({
      HostConfig: { NetworkMode: 'none', Memory: 64e6 },
      Config: { Labels: { Mine: 'a' } },
    });
  });

  it('must be there to make a container', async () => {
    const reply = await t.request('POST', '/containers/create');
    expect(reply).toMatchObject({
      status: 400,
      text: '{"message":"invalid JSON: got EOF while reading request body"}',
    });
  });
});

describe('older clients', () => {
  it('are told sizes and aliases where they look for them', async () => {
    const size = { Size: 1000, VirtualSize: 1000 };
    expect(await t.json('GET', '/v1.43/images/json')).toMatchObject([size]);
    expect(await t.json('GET', '/v1.43/images/busybox/json')).toMatchObject(size);
    expect(await t.json('GET', '/v1.43/system/df')).toMatchObject({ Images: [size] });
    for (const path of ['/v1.44/images/busybox/json', '/images/busybox/json'])
      expect(await t.json('GET', path)).not.toHaveProperty('VirtualSize');
    const networks = { EndpointsConfig: { mine: { Aliases: ['db'] } } };
    const id = await create({ HostConfig: { NetworkMode: 'mine' }, NetworkingConfig: networks, Hostname: 'host' });
    const aliases = async (version: string): Promise<unknown> => {
      const told = (await t.json('GET', `/${version}/containers/${id}/json`)) as {
        NetworkSettings: { Networks: { mine: { Aliases: string[] } } };
      };
      return told.NetworkSettings.Networks.mine.Aliases;
    };
    expect(await aliases('v1.47')).toEqual(['db']);
    expect(await aliases('v1.44')).toEqual(['db', id.slice(0, 12), 'host']);
  });
});

it('a network is looked for in the scope that is asked for', async () => {
  expect(await t.request('GET', '/networks/mine?scope=local')).toMatchObject({ status: 200 });
  const reply = await t.request('GET', '/networks/mine?scope=swarm');
  expect(reply).toMatchObject({ status: 404, text: '{"message":"network mine not found"}' });
});

it.each([
  ['DELETE', '/nodes/x', 503],
  ['POST', '/services/x/update', 503],
  ['GET', '/swarm/unlockkey', 503],
  ['POST', '/containers/web/checkpoints', 501],
  ['POST', '/plugins/pull', 501],
  ['POST', '/plugins/some/plugin:latest/enable', 501],
  ['DELETE', '/plugins/some/plugin', 404],
])('%s %s says that it is not there', async (method, path, status) => {
  expect(await t.request(method, path)).toMatchObject({ status });
});

describe('exec', () => {
  it('knows its exit code afterwards', async () => {
    const id = await create();
    expect(await t.request('POST', `/containers/${id}/exec`, { Cmd: ['ls'] })).toMatchObject({ status: 409 });
    await t.request('POST', `/containers/${id}/start`);
    const { Id } = (await t.json('POST', `/containers/${id}/exec`, { Cmd: ['ls', '-l'], User: '' })) as { Id: string };
    await t.request('POST', `/exec/${Id}/start`, { Detach: true });
    expect(await t.json('GET', `/exec/${Id}/json`)).toMatchObject({
      Running: true,
      ExitCode: null,
      ProcessConfig: { entrypoint: 'ls', arguments: ['-l'] },
    });
    const exec = t.daemon.containers.require(id).execs.get(Id);
    const ended = new Promise((resolve) => exec?.waiters.add(resolve));
    const { onTaskEvent } = await import('./container/exit.ts');
    onTaskEvent(t.daemon, {
      topic: '/tasks/exit',
      id,
      execId: Id,
      pid: 1,
      exitStatus: 3,
      exitedAt: '',
      oomKilled: false,
    });
    expect(await ended).toBe(3);
    expect(await t.json('GET', `/exec/${Id}/json`)).toMatchObject({ Running: false, ExitCode: 3 });
    expect(await t.json('GET', `/containers/${id}/json`)).toMatchObject({ ExecIDs: null });
    expect(t.told.slice(-3)).toEqual(
      ['exec_create: ls -l', 'exec_start: ls -l', 'exec_die'].map((a) => `container ${a}`),
    );
    expect(await t.request('GET', '/exec/absent/json')).toMatchObject({ status: 404 });
  });
});

describe('images', () => {
  it('are not removed while a container uses them', async () => {
    const id = await create();
    const reply = await t.request('DELETE', '/images/busybox');
    expect(reply).toMatchObject({ status: 409 });
    expect(reply.kind === 'json' && reply.text).toContain(
      'conflict: unable to remove repository reference \\"busybox:latest\\" (must force)',
    );
    await t.request('DELETE', `/containers/${id}`);
    const deleted = (await t.json('DELETE', '/images/busybox')) as object[];
    expect(deleted.map((one) => Object.keys(one)[0])).toEqual(['Untagged', 'Deleted', 'Deleted']);
    expect(await t.json('GET', '/images/json')).toEqual([]);
  });

  it('only lose a name while they have another', async () => {
    await t.request('POST', '/images/busybox/tag?repo=localhost:5000/bb&tag=v1');
    expect(await t.json('DELETE', '/images/busybox:latest')).toEqual([{ Untagged: 'busybox:latest' }]);
    const [image] = (await t.json('GET', '/images/json')) as { RepoTags: string[] }[];
    expect(image?.RepoTags).toEqual(['localhost:5000/bb:v1']);
  });
});

describe('volumes', () => {
  it('are made with the container, and anonymous ones go with -v', async () => {
    const id = await create({ HostConfig: { Binds: ['data:/data'] }, Volumes: { '/cache': {} } });
    const { Volumes } = (await t.json('GET', '/volumes')) as { Volumes: { Name: string }[] };
    expect(Volumes).toHaveLength(2);
    expect(await t.request('DELETE', '/volumes/data')).toMatchObject({ status: 409 });
    await t.request('DELETE', `/containers/${id}?v=1`);
    expect(
      ((await t.json('GET', '/volumes')) as { Volumes: { Name: string }[] }).Volumes.map(({ Name }) => Name),
    ).toEqual(['data']);
  });
});
