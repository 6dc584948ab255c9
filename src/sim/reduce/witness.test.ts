// What else the kernel and the engine report: packets thrown away, mounts of a container, layers that travel, events lost.
import { describe, expect, it } from 'vitest';
import type { EventBody, PacketSummary, WorldEvent } from '../../protocol/events.ts';
import { reduce } from '../reduce.ts';
import { emptyWorld, type World } from '../world.ts';

function fold(...bodies: EventBody[]): World {
  const events = bodies.map(
    (body, i) => ({ pid: 7, comm: 'x', ...body, seq: i + 1, timeNs: (i + 1) * 1e6 }) as WorldEvent,
  );
  return events.reduce(reduce, emptyWorld);
}

const told = (n: string, a: Record<string, unknown>): EventBody => ({
  kind: 'span',
  span: { k: 'i', id: '1.1', c: 'dockerd', n, a },
});

describe('a packet that the firewall drops', () => {
  const packet: PacketSummary = { protocol: 'icmp', source: '172.18.0.2', destination: '172.17.0.2' };
  const body = { skb: 9, netns: 1, length: 84, header: new Uint8Array(), packet };
  const hop = (device: string, ifindex: number): EventBody => ({
    kind: 'packet',
    direction: 'rx',
    device,
    ifindex,
    ...body,
  });
  const drop = (skb = 9): EventBody => ({
    kind: 'packet.drop',
    reason: 'NETFILTER_DROP',
    hook: 'FORWARD',
    device: 'br-1',
    ifindex: 6,
    outIfindex: 3,
    outDevice: 'docker0',
    ...body,
    skb,
  });

  it('ends where it was, and the same memory is then another packet', () => {
    const world = fold(hop('veth1', 8), hop('br-1', 6), drop(), hop('eth0', 2));
    expect(world.packets.map((trace) => trace.hops.map((each) => each.device))).toEqual([['veth1', 'br-1'], ['eth0']]);
    expect(world.packets[0]?.drop).toMatchObject({ hook: 'FORWARD', outDevice: 'docker0', seq: 3 });
    expect(world.operations.at(-1)).toMatchObject({
      name: 'NETFILTER_DROP',
      pid: 0,
      args: { in: 'br-1', out: 'docker0' },
    });
  });

  it('that no device has seen begins and ends there', () => {
    expect(fold(drop(5)).packets[0]).toMatchObject({ skb: 5, drop: { hook: 'FORWARD' }, hops: [{ device: 'br-1' }] });
  });
});

describe('mounts of a container', () => {
  const mount = (source: string, target: string, flags: number, fsType = 'bind'): EventBody => ({
    kind: 'mount',
    mntNs: 5,
    source,
    target,
    fsType,
    flags,
    result: 0,
  });

  it('are seen from its root after pivot_root(".", "."), read-only where a remount made them so', () => {
    const root = '/var/lib/docker/overlay2/a/merged';
    const world = fold(
      {
        kind: 'mountinfo',
        mntNs: 5,
        text: '21 1 0:20 / / rw - tmpfs root rw\n22 21 8:0 / /var/lib/docker rw - ext4 /dev/sda rw\n',
      },
      mount(root, root, 0x5000),
      mount('/root', `${root}/host`, 0x5000),
      mount('', `${root}/host`, 0x1021, ''),
      mount('/var/lib/docker/volumes/data/_data', `${root}/data`, 0x5000),
      { kind: 'pivot_root', mntNs: 5, newRoot: '.', putOld: '.', result: 0 },
      { kind: 'umount', mntNs: 5, target: '.', flags: 2, result: 0 },
    );
    expect(world.mounts.get(5)?.map(({ source, target, flags }) => [source, target, flags & 1])).toEqual([
      [root, '/', 0],
      ['/root', '/host', 1],
      ['/var/lib/docker/volumes/data/_data', '/data', 0],
    ]);
  });
});

describe('the engine’s word', () => {
  const layer = (state: string, current: number, digest = 'sha256:aa'): EventBody =>
    told('push.layer', { image: 'mine:latest', digest, state, current, total: 10 });

  it('of layers that travel: each by direction and image, and anew when it is sent again', () => {
    const once = fold(layer('pushing', 5), layer('pushed', 10), layer('mounted', 10, 'sha256:bb'));
    const states = (world: World): unknown[] => [...world.transfers.values()].map(({ state, seq }) => [state, seq]);
    expect(states(once)).toEqual([
      ['pushed', 1],
      ['mounted', 3],
    ]);
    const again = reduce(once, { ...layer('exists', 10), seq: 9, timeNs: 9e6, pid: 7, comm: 'x' } as WorldEvent);
    expect(states(again)[0]).toEqual(['exists', 9]);
    expect(
      fold(layer('pushing', 1), told('pull.layer', { image: 'mine:latest', digest: 'sha256:aa' })).transfers.size,
    ).toBe(2);
  });

  it('of networks by name, and of a volume that began as a copy', () => {
    const event = (Action: string): EventBody =>
      told('event', { Type: 'network', Action, Actor: { ID: 'f00', Attributes: { name: 'back', type: 'bridge' } } });
    expect(fold(event('create')).networks.get('f00')).toMatchObject({ name: 'back', driver: 'bridge' });
    expect(fold(event('create'), event('destroy')).networks.size).toBe(0);
    const copy = told('volume.copy-up', { id: 'c1', volume: 'data', from: '/usr/share' });
    expect(fold(copy).volumeCopies.get('data')).toMatchObject({ from: '/usr/share', container: 'c1' });
  });
});

describe('events lost', () => {
  it('are counted, with the times that it happened and the reason', () => {
    const lost = (events: number, reason: string): EventBody => ({ kind: 'stream.lost', events, reason });
    expect(fold(lost(12, 'a'), lost(0, 'b')).lost).toEqual({ events: 12, gaps: 2, reason: 'b', seq: 2 });
  });
});
