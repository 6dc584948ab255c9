// docker events: as they happen, and found again by time and by every filter.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

const FORMAT = ['--format', '{{.Type}} {{.Action}} {{index .Actor.Attributes "name"}}'];

/** Events of two containers mix; what is compared is which there were. */
const byOrderOf =
  (seen: readonly string[]) =>
  (a: string, b: string): number =>
    seen.indexOf(a) - seen.indexOf(b);

export const cases: Cases = (machine) => {
  const { ok } = machine;
  it('tells its story by events', async () => {
    const since = (await ok('info', '--format', '{{.SystemTime}}')).trim();
    await ok('run', '--rm', 'busybox', 'true');
    const until = (await ok('info', '--format', '{{.SystemTime}}')).trim();
    const events = await ok(
      'events',
      '--since',
      since,
      '--until',
      until,
      '--format',
      '{{.Type}} {{.Action}}',
      '--filter',
      'type=container',
    );
    expect(events.trim().split('\n')).toEqual([
      'container create',
      'container attach',
      'container start',
      'container die',
      'container destroy',
    ]);
  });

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
};
