import { describe, expect, it } from 'vitest';
import type { EventBody, WorldEvent } from '../protocol/events.ts';
import { overlayOptions } from './reduce/mount.ts';
import { reduce } from './reduce.ts';
import { parseLog, Timeline } from './timeline.ts';
import { containerOfNetns, emptyWorld, type World } from './world.ts';

const id = 'a'.repeat(64);
const host = { mnt: 1, uts: 2, ipc: 3, pid: 4, net: 5, user: 6, cgroup: 7 };
const inner = { mnt: 11, uts: 12, ipc: 13, pid: 14, net: 15, cgroup: 17 };

/** A log from bodies; pid and comm as given or 100 and `runc`. */
function log(...bodies: (EventBody & { pid?: number; comm?: string })[]): WorldEvent[] {
  return bodies.map(
    (body, index) => ({ pid: 100, comm: 'runc', ...body, seq: index + 1, timeNs: (index + 1) * 1e6 }) as WorldEvent,
  );
}

/** What the kernel reports of one `docker run -d -p 8080:80 nginx`, shortened. */
const run = log(
  { kind: 'process.seen', target: 1, parent: 0, title: 'init', innerPids: [1], ns: host, cgroup: '/' },
  { kind: 'process.seen', target: 100, parent: 1, title: 'runc', innerPids: [100], ns: host, cgroup: '/' },
  { kind: 'mountinfo', mntNs: 1, text: '21 1 0:20 / / rw - tmpfs root rw\n' },
  {
    kind: 'span',
    span: {
      k: 'i',
      id: '9.1',
      c: 'dockerd',
      n: 'container.config',
      a: { id, name: 'web', image: 'nginx', upperDir: '/o/up' },
    },
  },
  { kind: 'cgroup.mkdir', path: `/docker/${id}`, id: 42 },
  { kind: 'cgroup.write', path: `/docker/${id}`, file: 'memory.max', value: '33554432\n' },
  {
    kind: 'mount',
    mntNs: 1,
    source: 'overlay',
    target: '/o/merged',
    fsType: 'overlay',
    flags: 0,
    data: 'lowerdir=/l/A:/l/B,upperdir=/o/up,workdir=/o/work',
    result: 0,
  },
  {
    kind: 'process.fork',
    child: 101,
    childTgid: 101,
    parent: 100,
    childComm: 'runc:[2:INIT]',
    innerPids: [101, 1],
    ns: inner,
    cgroupId: 42,
  },
  { kind: 'link', netns: 5, ifindex: 7, name: 'veth1', flags: 0, linkType: 'veth', peerIfindex: 8 },
  { kind: 'link', netns: 5, ifindex: 8, name: 'veth2', flags: 0, linkType: 'veth', peerIfindex: 7 },
  { kind: 'link.move', netns: 5, ifindex: 8, name: 'veth2', toNetns: 15, toIfindex: 8 },
  { kind: 'link', netns: 15, ifindex: 8, name: 'eth0', flags: 1 },
  { kind: 'address', netns: 15, ifindex: 8, address: '172.17.0.2/16', removed: false },
  { kind: 'mount', pid: 101, mntNs: 11, source: 'proc', target: '/o/merged/proc', fsType: 'proc', flags: 0, result: 0 },
  { kind: 'pivot_root', pid: 101, mntNs: 11, newRoot: '/o/merged', putOld: '/o/merged', result: 0 },
  { kind: 'process.exec', pid: 101, comm: 'nginx', path: '/usr/sbin/nginx', argv: ['nginx', '-g', 'daemon off;'] },
  { kind: 'file', pid: 101, overlayDev: 0, change: 'create', path: 'run/nginx.pid' },
);

const fold = (events: readonly WorldEvent[], from: World = emptyWorld): World => events.reduce(reduce, from);

describe('reduce', () => {
  const world = fold(run);

  it('builds the container that the kernel showed', () => {
    const container = world.containers.get(id);
    expect(container).toMatchObject({ name: 'web', image: 'nginx', state: 'running', initPid: 101, hue: 1 });
    expect(world.processes.get(101)).toMatchObject({
      title: 'nginx',
      innerPids: [101, 1],
      cgroup: `/docker/${id}`,
      ns: { ...inner, user: 6 },
    });
    expect(world.cgroups.get(`/docker/${id}`)?.limits['memory.max']).toBe('33554432');
  });

  it('lets a veth end travel and keep its identity', () => {
    const eth0 = world.links.get('15/8');
    expect(eth0).toMatchObject({
      name: 'eth0',
      up: true,
      addresses: ['172.17.0.2/16'],
      linkType: 'veth',
      identity: 10,
    });
    expect(world.links.has('5/8')).toBe(false);
    expect(world.links.get('5/7')?.peer).toEqual({ netns: 15, ifindex: 8 });
    expect(containerOfNetns(world, 15)).toBe(id);
  });

  it('gives a new mount namespace its maker’s mounts, and strips the new root’s path at pivot_root', () => {
    expect(world.mounts.get(11)?.map((m) => m.target)).toEqual(['/', '/proc']);
    expect(world.mounts.get(1)?.map((m) => m.target)).toEqual(['/', '/o/merged']);
  });

  it('forgets a mount namespace with its last process, and takes its number for another’s then', () => {
    const enter = (mnt: number): EventBody => ({ kind: 'namespace.enter', target: 100, ns: { ...host, mnt } });
    const visit = [
      enter(21),
      { kind: 'mount', mntNs: 21, source: '/v', target: '/x', fsType: 'bind', flags: 0x1000, result: 0 },
      enter(1),
    ] as const;
    const targets = (at: World, mnt: number): string[] | undefined => at.mounts.get(mnt)?.map((m) => m.target);
    const left = fold(log(...run, ...visit).slice(run.length), world);
    expect(targets(left, 21)).toBeUndefined();
    expect(left.namespaces.has('mnt:21')).toBe(false);
    expect(targets(left, 1)).toEqual(targets(world, 1));
    const again = fold(log(...run, ...visit, enter(21)).slice(run.length), world);
    expect(targets(again, 21)).toEqual(targets(world, 1));
    // Another process is still in it.
    const stays = fold(log(...run, enter(11), enter(1)).slice(run.length), world);
    expect(targets(stays, 11)).toEqual(targets(world, 11));
  });

  it('ties a file to the overlay of the container whose process wrote it', () => {
    const overlay = world.overlays.get('/o/up');
    expect(overlay).toMatchObject({ container: id, lowerdirs: ['/l/A', '/l/B'] });
    expect(overlay?.files.get('run/nginx.pid')).toMatchObject({ change: 'added', copiedUp: false });
  });

  it('lets a renamed file leave a whiteout only where it came from a lower layer', () => {
    const file = (
      change: 'create' | 'copy-up' | 'rename' | 'remove',
      path: string,
      to?: string,
    ): EventBody & { pid: number } => ({
      kind: 'file',
      pid: 101,
      overlayDev: 0,
      change,
      path,
      ...(to === undefined ? {} : { to }),
    });
    const after = fold(
      log(
        file('create', '/new'),
        file('rename', '/new', '/newer'),
        file('copy-up', '/old'),
        file('rename', '/old', '/moved'),
        file('remove', '/moved'),
      ).map((e) => ({ ...e, seq: e.seq + 100 })),
      world,
    );
    const files = after.overlays.get('/o/up')?.files;
    expect([...(files?.keys() ?? [])].filter((path) => path.startsWith('/'))).toEqual(['/newer', '/old']);
    expect(files?.get('/old')?.change).toBe('deleted');
  });

  it('shows pause, exit and removal', () => {
    const more = (...bodies: (EventBody & { pid?: number })[]) =>
      fold(
        log(...bodies).map((e) => ({ ...e, seq: e.seq + 100 })),
        world,
      );
    expect(more({ kind: 'cgroup.freeze', path: `/docker/${id}`, frozen: true }).containers.get(id)?.state).toBe(
      'paused',
    );
    const dead = more({ kind: 'process.exit', pid: 101, tgid: 101, signal: 9 });
    expect(dead.containers.get(id)).toMatchObject({ state: 'exited', exitCode: 137 });
    expect(dead.namespaces.has('net:15')).toBe(false);
    expect(dead.links.has('15/8')).toBe(false);
    const event = { Type: 'container', Action: 'destroy', Actor: { ID: id } };
    expect(
      reduce(dead, {
        ...log({ kind: 'span', span: { k: 'i', id: '9.2', c: 'dockerd', n: 'event', a: event } })[0]!,
        seq: 300,
      }).containers.size,
    ).toBe(0);
  });

  it('leaves the World alone when a call failed', () => {
    const failed = reduce(world, {
      ...log({ kind: 'mount', mntNs: 1, source: 'x', target: '/y', fsType: 'tmpfs', flags: 0, result: -1 })[0]!,
      seq: 99,
    });
    expect(failed.mounts).toBe(world.mounts);
    expect(failed.operations.at(-1)).toMatchObject({ name: 'mount', result: -1 });
  });

  it('is total: every event alone, and in reverse order, gives a World', () => {
    for (const event of run) expect(reduce(emptyWorld, event).seq).toBe(event.seq);
    expect(fold([...run].reverse()).seq).toBe(1);
  });

  it('names the step of the engine that did an operation', () => {
    const step = { fn: 'pivotRoot', file: 'src/engine/runc/rootfs.ts' };
    const after = fold(
      log(
        { kind: 'span', pid: 101, span: { k: 'i', id: '101.1', c: 'runc', n: 'step', a: step } },
        { kind: 'pivot_root', pid: 101, mntNs: 11, newRoot: '/', putOld: '/', result: 0 },
      ),
      world,
    );
    expect(after.operations.at(-1)).toMatchObject({ name: 'pivot_root', step });
  });
});

describe('overlayOptions', () => {
  it('reads the mount data of overlayfs', () => {
    expect(overlayOptions('lowerdir=l/A:l/B,upperdir=x/diff,workdir=x/work,index=off')).toEqual({
      lowerdirs: ['l/A', 'l/B'],
      upperdir: 'x/diff',
      workdir: 'x/work',
    });
    expect(overlayOptions('')).toEqual({ lowerdirs: [] });
  });
});

describe('Timeline', () => {
  const long = Array.from(
    { length: 3000 },
    (_, i) => ({ ...log({ kind: 'cgroup.mkdir', path: `/g${i}`, id: i })[0]!, seq: i + 1 }) as WorldEvent,
  );

  it('gives the same World by seeking as by folding', () => {
    const timeline = new Timeline();
    timeline.push(long);
    for (const at of [2900, 17, 1200, 0, 3000, 401]) {
      timeline.seek(at);
      expect(timeline.world.cgroups.size).toBe(at);
      expect(timeline.mode).toBe('paused');
    }
  });

  it('shows a burst in order, and is live again within seconds', () => {
    const timeline = new Timeline();
    timeline.push(long.slice(0, 200));
    timeline.advance(16);
    expect(timeline.position).toBeGreaterThan(0);
    expect(timeline.caughtUp).toBe(false);
    for (let ms = 0; ms < 6000; ms += 16) timeline.advance(16);
    expect(timeline.caughtUp).toBe(true);
  });

  it('stands still while paused, and steps one operation each way', () => {
    const timeline = new Timeline();
    timeline.push(run);
    timeline.seek(8);
    expect(timeline.advance(1000)).toBe(false);
    timeline.step(1);
    expect(timeline.position).toBe(9);
    timeline.step(-1);
    expect(timeline.position).toBe(8);
    timeline.live();
    expect(timeline.caughtUp).toBe(true);
  });

  it('survives forgetting the oldest events', () => {
    const timeline = new Timeline(1000);
    for (let round = 0; round < 5; round++)
      timeline.push(long.slice(0, 600).map((e) => ({ ...e, seq: round * 600 + e.seq })));
    timeline.live();
    expect(timeline.log.length).toBeLessThan(1300);
    expect(timeline.world).toMatchObject({ seq: 3000 });
    expect(timeline.world.cgroups.size).toBe(600);
    timeline.seek(5);
    expect(timeline.world.seq).toBe(timeline.log[4]!.seq);
  });

  it('exports a run that replays to the same World, and counts what is no event', () => {
    const timeline = new Timeline();
    timeline.push(run);
    timeline.live();
    const { events, malformed } = parseLog(timeline.export() + 'nonsense\n{"kind":3}\n');
    expect(malformed).toBe(2);
    expect(fold(events)).toEqual(timeline.world);
  });
});
