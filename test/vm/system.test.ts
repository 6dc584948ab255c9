// docker system df, prune, events, info and version with the real docker client.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDockerMachine, type DockerMachine } from './docker-machine.ts';

let machine: DockerMachine;
beforeAll(async () => {
  machine = await openDockerMachine();
});
afterAll(() => machine.close());

const ok = (...args: string[]): Promise<string> => machine.ok(...args);
const FORMAT = ['--format', '{{.Type}} {{.Action}} {{index .Actor.Attributes "name"}}'];

describe('events', () => {
  let began = '';
  let ended = '';
  const past = (...filters: string[]): Promise<string[]> =>
    ok(
      'events',
      '--since',
      began,
      '--until',
      ended,
      ...filters.flatMap((filter) => ['--filter', filter]),
      ...FORMAT,
    ).then((text) => text.split('\n').filter(Boolean));

  it('come as they happen, in their order', async () => {
    began = await ok('info', '--format', '{{.SystemTime}}');
    const live = machine.docker.follow(['events', '--filter', 'container=one', ...FORMAT]);
    await machine.vm('until docker info --format "{{.NEventsListener}}" | grep -q "[1-9]"; do usleep 20000; done');
    await ok('network', 'create', 'mine');
    await ok('volume', 'create', 'data');
    await ok('run', '--name', 'one', '--label', 'color=blue', '--network', 'mine', '-v', 'data:/d', 'busybox', 'true');
    await ok('run', '-d', '--name', 'two', 'busybox', 'sleep', '1000');
    await ok('exec', 'two', 'sh', '-c', 'exit 3').catch(() => undefined);
    await ok('kill', 'two');
    await ok('rename', 'two', 'second');
    await ok('rm', 'one', 'second');
    await ok('tag', 'busybox', 'busybox:copy');
    await ok('rmi', 'busybox:copy');
    await ok('volume', 'rm', 'data');
    await ok('network', 'rm', 'mine');
    await live.until('container destroy one\n');
    live.stop();
    expect(live.output().split('\n').filter(Boolean)).toEqual(
      ['create', 'attach', 'start', 'die', 'destroy'].map((action) => `container ${action} one`),
    );
    ended = await ok('info', '--format', '{{.SystemTime}}');
  });

  it('are found again by time and by every filter', async () => {
    expect(await past('type=network')).toEqual(
      [
        ...['create', 'connect', 'disconnect'].map((action) => `network ${action} mine`),
        'network connect bridge',
        'network disconnect bridge',
        'network destroy mine',
      ].sort(byOrderOf(await past('type=network'))),
    );
    expect(await past('type=volume')).toEqual(
      ['create', 'mount', 'unmount', 'destroy'].map((action) => `volume ${action} `),
    );
    expect(await past('type=image')).toEqual([
      'image tag busybox:copy',
      expect.stringContaining('image untag sha256:'),
    ]);
    expect(await past('event=die')).toEqual(['container die one', 'container die two']);
    expect(await past('event=die', 'event=kill', 'container=two')).toEqual(['container kill two', 'container die two']);
    expect(await past('event=exec_create')).toEqual([expect.stringContaining('container exec_create: sh -c exit 3')]);
    expect(await past('label=color=blue', 'event=start')).toEqual(['container start one']);
    expect(await past('network=mine', 'type=network', 'event=create')).toEqual(['network create mine']);
    expect(await past('volume=data', 'event=mount')).toEqual(['volume mount ']);
    expect(await past('image=busybox', 'event=start')).toEqual(['container start one', 'container start two']);
    expect(await past('scope=local', 'event=rename')).toEqual(['container rename second']);
    expect(await past('scope=swarm')).toEqual([]);
    expect(await past('type=daemon')).toEqual([]);
    expect((await machine.fails('events', '--filter', 'nosuch=1', '--until', ended)).stderr).toContain(
      "invalid filter 'nosuch'",
    );
    expect((await machine.fails('events', '--since', ended, '--until', began)).stderr).toContain(
      '`since` time cannot be after `until` time',
    );
  });
});

/** Events of two containers mix; what is compared is which there were. */
const byOrderOf =
  (seen: readonly string[]) =>
  (a: string, b: string): number =>
    seen.indexOf(a) - seen.indexOf(b);

describe('df and prune', () => {
  it('tells what takes room, and who uses it', async () => {
    await ok(
      'run',
      '--name',
      'writer',
      '-v',
      'kept:/d',
      'busybox',
      'sh',
      '-c',
      'head -c 100000 /dev/zero >/d/file; head -c 50000 /dev/zero >/own',
    );
    await ok('volume', 'create', 'unused');
    const table = await ok('system', 'df');
    expect(table).toMatch(/^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$/m);
    expect(table).toMatch(/^Images +2 +1 +\S+MB +\S+[kM]?B \(\d+%\)$/m);
    expect(table).toMatch(/^Containers +1 +0 +5\d\.?\d*kB +5\d\.?\d*kB \(100%\)$/m);
    expect(table).toMatch(/^Local Volumes +2 +1 +100kB +0B \(0%\)$/m);
    const verbose = await ok('system', 'df', '-v');
    expect(verbose).toMatch(/^busybox +latest +\S+ +.* 0B +\S+MB +1$/m);
    expect(verbose).toMatch(/^\w{12} +busybox +.*writer$/m);
    expect(verbose).toMatch(/^kept +1 +100kB$/m);
    expect(verbose).toMatch(/^unused +0 +0B$/m);
  });

  it('prunes what nobody uses, and no more than is asked for', async () => {
    await ok('network', 'create', 'idle');
    await ok('run', '-d', '--name', 'busy', '-v', 'kept:/d', 'busybox', 'sleep', '1000');
    const first = await ok('system', 'prune', '-f');
    expect(first).toMatch(/^Deleted Containers:\n[0-9a-f]{64}$/m);
    expect(first).toMatch(/^Deleted Networks:\nidle$/m);
    expect(first).toMatch(/^Total reclaimed space: 5\d\.?\d*kB$/m);
    expect(await ok('volume', 'ls', '-q')).toBe('kept\nunused');
    const all = await ok('system', 'prune', '-af', '--volumes');
    expect(all).toContain('untagged: hello-world:latest');
    expect(all).not.toContain('busybox');
    expect(await ok('volume', 'ls', '-q')).toBe('kept\nunused');
    expect(await ok('ps', '--format', '{{.Names}}')).toBe('busy');
    await ok('rm', '-f', 'busy');
  });
});

describe('info and version', () => {
  it('say what runs and what it can', async () => {
    const info = JSON.parse(await ok('info', '--format', '{{json .}}')) as Record<string, unknown>;
    expect(info).toMatchObject({
      Containers: 0,
      Images: 1,
      Driver: 'overlay2',
      CgroupVersion: '2',
      CgroupDriver: 'cgroupfs',
      OSType: 'linux',
      NCPU: 1,
      DockerRootDir: '/var/lib/docker',
      DefaultRuntime: 'runc',
      InitBinary: 'docker-init',
      MemoryLimit: true,
      PidsLimit: true,
      IPv4Forwarding: true,
    });
    expect(info['ServerErrors']).toBeUndefined();
    const version = JSON.parse(await ok('version', '--format', '{{json .Server}}')) as {
      Components: { Name: string }[];
    };
    expect(version).toMatchObject({ ApiVersion: '1.47', MinAPIVersion: '1.24', Os: 'linux', Arch: '386' });
    expect(version.Components.map(({ Name }) => Name)).toEqual(['Engine', 'containerd', 'runc', 'docker-init']);
  });
});
