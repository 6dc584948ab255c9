// Layouts are pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import type { EventBody, WorldEvent } from '../protocol/events.ts';
import { reduce } from '../sim/reduce.ts';
import { emptyWorld, type World } from '../sim/world.ts';
import { layout as cgroups, describe as cgroupsInWords, tree as cgroupTree } from './cgroups/layout.ts';
import type { Figure } from './kit/figure.ts';
import { layout as layers, describe as layersInWords } from './layers/layout.ts';
import { layout as network } from './network/layout.ts';
import { layout as request, describe as requestInWords } from './request/layout.ts';
import { drums } from './layers/outside.ts';
import { describe as networkInWords, packetEnds } from './network/words.ts';
import { layout as processes } from './processes/layout.ts';

const id = 'ab'.repeat(32);
const group = `/docker/${id}`;
const host = { pid: 1, net: 2, mnt: 3, uts: 4, ipc: 5, cgroup: 6 };
const cacheId = (letter: string): string => letter.repeat(64);

function fold(...bodies: (EventBody & { pid?: number })[]): World {
  const events = bodies.map(
    (body, i) => ({ pid: 0, comm: 'x', ...body, seq: i + 1, timeNs: (i + 1) * 1e6 }) as WorldEvent,
  );
  return events.reduce(reduce, emptyWorld);
}

const span = (n: string, a: Record<string, unknown>): EventBody => ({
  kind: 'span',
  span: { k: 'i', id: '1.1', c: 'dockerd', n, a },
});
const started: (EventBody & { pid?: number })[] = [
  { kind: 'process.seen', target: 1, parent: 0, title: 'init', innerPids: [1], ns: host },
  span('container.config', {
    id,
    name: 'web',
    image: 'nginx',
    layers: ['cccccccccccc', 'bbbbbbbbbbbb'],
    cgroup: group,
  }),
  { kind: 'cgroup.mkdir', path: group, id: 9 },
  {
    kind: 'process.seen',
    target: 50,
    parent: 1,
    title: 'nginx -g',
    innerPids: [50, 1],
    ns: { ...host, pid: 4026532033, net: 4026532034 },
    cgroup: group,
  },
];
const figure = (figures: readonly Figure[], key: string): Figure => {
  const found = figures.find((each) => each.key === key);
  if (!found) throw new Error(`no figure ${key} among ${figures.map((each) => each.key).join(' ')}`);
  return found;
};

describe('layers', () => {
  const layer = (letter: string, bytes: number) => ({
    diffId: `sha256:${letter.repeat(64)}`,
    chainId: '',
    dir: `/var/lib/docker/overlay2/${cacheId(letter)}/diff`,
    bytes,
  });
  const world = fold(
    ...started,
    // A long image is told in two markers.
    span('image', { id: 'sha256:1', tags: ['nginx:latest'], layers: [layer('b', 60e6)], part: 0, parts: 2 }),
    span('image', { id: 'sha256:1', tags: ['nginx:latest'], layers: [layer('c', 9e6)], part: 1, parts: 2 }),
    span('image', { id: 'sha256:2', tags: ['debian:12'], layers: [layer('b', 60e6)] }),
    {
      kind: 'mount',
      pid: 50,
      mntNs: 3,
      source: 'overlay',
      target: '/merged',
      fsType: 'overlay',
      flags: 0,
      data: 'lowerdir=l/CCC:l/BBB,upperdir=/up,workdir=/w',
      result: 0,
    },
    { kind: 'file', pid: 50, overlayDev: 0, change: 'copy-up', path: '/etc' },
    { kind: 'file', pid: 50, overlayDev: 0, change: 'copy-up', path: '/etc/passwd' },
  );

  it('stands each layer once, by the digest of the image and the name that the kernel was given', () => {
    const { figures } = layers(world, 700, 600);
    expect(figure(figures, 'layer:cccccccccccc')).toMatchObject({ title: 'cccccc', detail: '9.0 MB' });
    expect(figure(figures, 'layer:bbbbbbbbbbbb').says).toContain('lowerdir l/BBB');
    expect(figures.filter((each) => each.sign === 'slab')).toHaveLength(2);
  });

  it('draws a layer on each of those that it stands on, as the containers’ init layer does', () => {
    const [init, second] = ['d'.repeat(64), 'ab'.repeat(31) + 'cc'];
    const mounted = (upper: string, below: string): EventBody => ({
      kind: 'mount',
      mntNs: 3,
      source: 'overlay',
      target: `/${upper}`,
      fsType: 'overlay',
      flags: 0,
      data: `lowerdir=/var/lib/docker/overlay2/${init}-init/diff:/var/lib/docker/overlay2/${below}/diff,upperdir=/${upper}`,
      result: 0,
    });
    const two = fold(
      ...started,
      span('container.config', { id: second, name: 'db', image: 'busybox', cgroup: `/docker/${second}` }),
      mounted('one', cacheId('b')),
      mounted('two', cacheId('c')),
    );
    const slabs = layers(two, 700, 600).figures.filter((each) => each.sign === 'slab');
    expect(slabs.filter((each) => each.title?.startsWith('init'))).toHaveLength(2);
    expect(new Set(slabs.map(({ key }) => key)).size).toBe(4);
  });

  it('makes columns narrower before it scrolls sideways', () => {
    const many = fold(
      ...started,
      ...Array.from({ length: 6 }, (_, i): EventBody => ({
        kind: 'mount',
        mntNs: 3,
        source: 'overlay',
        target: `/${i}`,
        fsType: 'overlay',
        flags: 0,
        data: `lowerdir=l/BBB,upperdir=/up${i}`,
        result: 0,
      })),
    );
    expect(layers(many, 640, 600).width).toBe(640);
    expect(layers(many, 300, 600).width).toBeGreaterThan(300);
  });

  it('tells of the file that changed, not of the directories that were copied up for it', () => {
    const ticks = layers(world, 700, 600).figures.filter(
      (each) => each.sign === 'tick' && each.key.startsWith('file:'),
    );
    expect(ticks.map((tick) => `${tick.detail} ${tick.title}`)).toEqual(['~ /etc/passwd']);
  });
});

describe('processes', () => {
  it('shows both PIDs, the namespaces’ inodes, and the VM’s own around them', () => {
    const { figures } = processes(fold(...started), 700, 600);
    expect(figure(figures, 'process:50').detail).toBe('50 → 1');
    expect(figure(figures, `pidns:${id}`).title).toBe('pid:[4026532033]');
    expect(figure(figures, `ns:${id}:net`).title).toBe('net:[4026532034]');
    expect(figure(figures, `ns:${id}:mnt`).title).toBe('mnt: the VM’s');
    expect(figure(figures, 'vm').says).toContain('net:[2]');
  });

  it('calls a program as it calls itself', () => {
    const engine = { kind: 'process.seen', target: 60, parent: 1, innerPids: [60], ns: host } as const;
    const world = reduce(fold(...started), {
      ...engine,
      title: 'drydock /usr/lib/drydock/dockerd.bc',
      comm: 'dockerd',
      pid: 60,
      seq: 99,
      timeNs: 1e9,
    });
    expect(figure(processes(world, 700, 600).figures, 'process:60').title).toBe('dockerd');
  });
});

describe('request', () => {
  it.each([380, 584, 700, 1200])('has heads that are whole and apart on a stage of %i', (width) => {
    const world = fold({ kind: 'span', span: { k: 'b', id: '7.1', c: 'docker', n: 'cli', a: { args: ['ps'] } } });
    const heads = request(world, width, 600).figures.filter((each) => each.look === 'head');
    expect(heads).toHaveLength(6);
    const isApart = (a: Figure, b: Figure): boolean =>
      a === b || a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
    for (const head of heads) {
      expect(head.w).toBeGreaterThanOrEqual('containerd'.length * 7.2 + 16);
      expect(head.x >= 0 && head.x + head.w <= width).toBe(true);
      expect(heads.every((other) => isApart(head, other))).toBe(true);
    }
  });

  it('says so when the client answered by itself', () => {
    const said = (k: 'b' | 'e', a: Record<string, unknown>): EventBody => ({
      kind: 'span',
      span: { k, id: '7.1', c: 'docker', n: 'cli', a },
    });
    const asked = fold(said('b', { args: ['ps', '--nope'] }));
    expect(requestInWords(asked)).toHaveLength(1);
    const world = fold(said('b', { args: ['ps', '--nope'] }), said('e', { exitCode: 125 }));
    expect(requestInWords(world)[1]).toBe('docker: answered by the client itself (dockerd was not asked).');
  });
});

describe('cgroups', () => {
  it('stands in the order in which groups were made, each behind its parent', () => {
    const made = ['/docker', '/docker/web', '/docker/api', '/docker/web/inner', '/x'];
    const world = fold(...made.map((path, id): EventBody => ({ kind: 'cgroup.mkdir', path, id })));
    expect(cgroupTree(world).map(({ path }) => path)).toEqual([
      '/docker',
      '/docker/web',
      '/docker/web/inner',
      '/docker/api',
      '/x',
    ]);
  });

  it('does not let a kill be missed, though the group went with its last process', () => {
    const world = fold(
      ...started,
      { kind: 'cgroup.write', path: group, file: 'memory.max', value: '16777216' },
      { kind: 'oom.kill', target: 50, targetComm: 'nginx' },
      { kind: 'process.exit', pid: 50, tgid: 50, signal: 9 },
      { kind: 'cgroup.rmdir', path: group, id: 9 },
    );
    expect(figure(cgroups(world, 700, 600).figures, `cgroup:${group}`)).toMatchObject({
      title: 'web',
      detail: 'killed: out of memory at its limit of 16 MiB · exit 137',
    });
    expect(cgroupsInWords(world).join()).toContain('web: killed: out of memory');
  });

  it('puts a limit below what is used where both do not fit beside the word', () => {
    const world = fold(...started, {
      kind: 'cgroup.sample',
      path: group,
      files: { 'memory.current': '364544\n', 'memory.max': '33554432\n' },
    });
    const memoryAt = (width: number) => figure(cgroups(world, width, 600).figures, `memory:${group}`);
    expect(memoryAt(900)).toMatchObject({ detail: '356 KiB of 32 MiB', note: 'memory.current / .max' });
    expect(memoryAt(560)).toMatchObject({ detail: '356 KiB', note: 'limit 32 MiB' });
  });

  it('shows how often and how long a group had to wait', () => {
    const world = fold(...started, {
      kind: 'cgroup.sample',
      path: group,
      files: { 'cpu.max': '20000 100000', 'cpu.stat': 'usage_usec 5\nnr_throttled 6\nthrottled_usec 425000\n' },
    });
    expect(figure(cgroups(world, 700, 600).figures, `cpu:${group}`)).toMatchObject({
      note: 'throttled 6×, 425 ms',
      limited: true,
    });
  });
});

describe('network', () => {
  const hop = (device: string, ifindex: number, source: string, destination: string): EventBody => ({
    kind: 'packet',
    skb: 7,
    direction: 'rx',
    netns: ifindex === 5 ? 4026532034 : 2,
    ifindex,
    device,
    length: 60,
    header: new Uint8Array(),
    packet: { protocol: 'tcp', source, destination, sourcePort: 40000, destinationPort: 80, flags: 'S', sequence: 1 },
  });
  const world = fold(
    ...started,
    { kind: 'link', netns: 2, ifindex: 2, name: 'eth0', flags: 1, linkType: 'ether' },
    { kind: 'link', netns: 2, ifindex: 3, name: 'docker0', flags: 1, linkType: 'bridge' },
    {
      kind: 'link',
      netns: 4026532034,
      ifindex: 5,
      name: 'eth0',
      flags: 1,
      linkType: 'veth',
      peerIfindex: 4,
      peerNetns: 2,
    },
    {
      kind: 'link',
      netns: 2,
      ifindex: 4,
      name: 'veth1',
      flags: 1,
      linkType: 'veth',
      master: 3,
      peerIfindex: 5,
      peerNetns: 4026532034,
    },
    { kind: 'address', netns: 4026532034, ifindex: 5, address: 'fe80::1/64', removed: false },
    { kind: 'address', netns: 4026532034, ifindex: 5, address: '172.17.0.2/16', removed: false },
    {
      kind: 'xtables.rules',
      netns: 2,
      table: 'nat',
      rules: [
        {
          chain: 'DOCKER',
          text: '-A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
          packets: 1,
          bytes: 60,
        },
      ],
    },
    hop('eth0', 2, '10.0.2.2', '10.0.2.15'),
    hop('docker0', 3, '10.0.2.2', '172.17.0.2'),
    hop('eth0', 5, '10.0.2.2', '172.17.0.2'),
    hop('eth0', 2, '10.0.2.2', '10.0.2.15'),
  );

  it('draws the cable, the door that opens the port, and no address that nobody set', () => {
    const { figures } = network(world, 700, 700);
    expect(figures.some((each) => each.sign === 'cable' && each.says === 'veth pair veth1 and eth0')).toBe(true);
    expect(figure(figures, 'door:tcp:8080:172.17.0.2:80')).toMatchObject({ port: 8080, hue: 1 });
    const plugs = figures.filter((each) => each.sign === 'plug' && each.title === 'eth0');
    expect(plugs.map((each) => each.detail).sort()).toEqual(['172.17.0.2/16', 'ether']);
  });

  it('tells a packet’s hops and what NAT made of it, and begins anew when a device is visited again', () => {
    expect(world.packets.map((trace) => trace.hops.length)).toEqual([3, 1]);
    expect(packetEnds(world.packets[0]!)).toBe('10.0.2.2:40000 → 10.0.2.15:80 ⇒ 172.17.0.2:80');
  });
});

describe('several networks, none, and the VM’s own', () => {
  const [both, none, shared] = ['11', '22', '33'].map((pair) => pair.repeat(32)) as [string, string, string];
  const config = (cid: string, name: string): EventBody => span('container.config', { id: cid, name, image: 'x' });
  const process = (cid: string, target: number, net: number, mnt: number): EventBody => ({
    kind: 'process.seen',
    target,
    parent: 1,
    title: 'sleep',
    innerPids: [target, 1],
    ns: { ...host, net, mnt },
    cgroup: `/docker/${cid}`,
  });
  const cable = (ifindex: number, master: number, net: number, name: string): EventBody[] => [
    {
      kind: 'link',
      netns: 2,
      ifindex,
      name: `veth${ifindex}`,
      flags: 1,
      linkType: 'veth',
      master,
      peerIfindex: ifindex + 1,
      peerNetns: net,
    },
    {
      kind: 'link',
      netns: net,
      ifindex: ifindex + 1,
      name,
      flags: 1,
      linkType: 'veth',
      peerIfindex: ifindex,
      peerNetns: 2,
    },
  ];
  const lo = (packet: object): EventBody => ({
    kind: 'packet',
    skb: 3,
    direction: 'rx',
    netns: 40,
    ifindex: 1,
    device: 'lo',
    length: 70,
    header: new Uint8Array(),
    packet: { protocol: 'udp', source: '127.0.0.11', destination: '127.0.0.1', ...packet },
  });
  const world = fold(
    ...started.slice(0, 1),
    config(both, 'both'),
    config(none, 'lonely'),
    config(shared, 'hosty'),
    { kind: 'link', netns: 2, ifindex: 3, name: 'docker0', flags: 1, linkType: 'bridge' },
    { kind: 'link', netns: 2, ifindex: 4, name: `br-${'f'.repeat(12)}`, flags: 1, linkType: 'bridge' },
    span('event', {
      Type: 'network',
      Action: 'create',
      Actor: { ID: 'f'.repeat(64), Attributes: { name: 'back', type: 'bridge' } },
    }),
    process(both, 60, 40, 41),
    process(none, 61, 50, 51),
    process(shared, 62, 2, 61),
    { kind: 'link', netns: 40, ifindex: 1, name: 'lo', flags: 1 },
    ...cable(10, 3, 40, 'eth0'),
    ...cable(20, 4, 40, 'eth1'),
    lo({ dns: { kind: 'answer', name: 'db', type: 'A', rcode: 0, answers: 1, address: '172.18.0.2' } }),
    {
      kind: 'packet.drop',
      skb: 4,
      reason: 'NETFILTER_DROP',
      hook: 'FORWARD',
      netns: 2,
      ifindex: 4,
      device: `br-${'f'.repeat(12)}`,
      outIfindex: 3,
      outDevice: 'docker0',
      length: 84,
      header: new Uint8Array(),
      packet: { protocol: 'icmp', source: '172.18.0.2', destination: '172.17.0.2' },
    },
  );
  const { figures } = network(world, 1000, 800);

  it('hang on two bridges, on none, or live in the VM’s', () => {
    expect(figures.filter((each) => each.look === 'veth')).toHaveLength(2);
    expect(figure(figures, 'netns:50').says).toContain('no device but lo');
    expect(figure(figures, 'cut:50').title).toContain('no device but lo');
    expect(figure(figures, `hosted:${shared}`).title).toBe('hosty');
    expect(figures.some((each) => each.title === `back · br-${'f'.repeat(12)}`)).toBe(true);
    expect(networkInWords(world)).toEqual(
      expect.arrayContaining([
        'lonely: no device but lo, no way in or out.',
        'hosty: the VM’s own network, none of its own.',
      ]),
    );
  });

  it('a name asked for and answered, and a packet that ends between two bridges', () => {
    expect(figures.some((each) => each.title === 'lo' && each.detail === 'DNS 127.0.0.11')).toBe(true);
    const titles = figures.filter((each) => each.sign === 'packet').map((each) => each.title);
    expect(titles).toContain('icmp dropped in FORWARD');
    const lines = figures.filter((each) => each.key.startsWith('packet-line')).map((each) => each.title);
    expect(lines[0]).toContain('✕ dropped in FORWARD on the way to docker0');
    expect(lines[1]).toContain('db = 172.18.0.2');
  });
});

describe('the list of packets', () => {
  const rule = '-A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80';
  let skb = 100;
  const hop = (ifindex: number, device: string, packet: object, same = false): EventBody => ({
    kind: 'packet',
    skb: same ? skb : ++skb,
    direction: 'rx',
    netns: 2,
    ifindex,
    device,
    length: 60,
    header: new Uint8Array(),
    packet: { protocol: 'tcp', source: '10.0.2.2', destination: '10.0.2.15', ...packet },
  });
  const request = { sourcePort: 40000, flags: 'S', sequence: 1, acknowledgement: 0 };
  const arp = hop.bind(undefined, 3, 'docker0', { protocol: 'arp', source: '172.17.0.1', destination: '172.17.0.2' });
  const asked = (type: string, kind = 'question'): EventBody =>
    hop(3, 'docker0', { protocol: 'udp', destinationPort: 53, dns: { kind, name: 'db', type, rcode: 0 } });
  const world = fold(
    ...started,
    { kind: 'link', netns: 2, ifindex: 3, name: 'docker0', flags: 1, linkType: 'bridge' },
    { kind: 'xtables.rules', netns: 2, table: 'nat', rules: [{ chain: 'DOCKER', text: rule, packets: 1, bytes: 60 }] },
    hop(2, 'eth0', { ...request, destinationPort: 8080 }),
    hop(3, 'docker0', { ...request, destination: '172.17.0.2', destinationPort: 80 }, true),
    ...Array.from({ length: 3 }, () => arp()),
    asked('A'),
    asked('AAAA'),
    ...Array.from({ length: 6 }, () =>
      hop(3, 'docker0', { protocol: 'ipv6', source: 'fe80::42:acff:fe11:2', destination: 'ff02::2' }),
    ),
    ...Array.from({ length: 2 }, () => arp()),
    asked('AAAA', 'answer'),
  );
  const { figures } = network(world, 1000, 800);
  const lines = figures.filter((each) => each.key.startsWith('packet-line')).map((each) => each.title ?? '');

  it('says ARP once, an AAAA question with its A, and IPv6’s own chatter not at all', () => {
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['arp', 'dns', 'tcp']);
    expect(lines[0]).toContain('and 4 more');
    expect(lines[1]).toContain('db?');
    expect(figures.filter((each) => each.sign === 'packet').some((each) => each.says?.includes('ipv6'))).toBe(false);
  });

  it('stands in the twin as in the picture, with what came through each published port last', () => {
    const twin = networkInWords(world);
    expect(twin.filter((line) => line.startsWith('Packet '))).toHaveLength(lines.length);
    expect(twin.join()).not.toContain('ipv6');
    expect(twin).toContain(
      'Through port 8080 came last: tcp S 10.0.2.2:40000 → 10.0.2.15:8080 ⇒ 10.0.2.2:40000 → 172.17.0.2:80 via eth0 › docker0.',
    );
  });
});

describe('what stands outside the layers', () => {
  const world = fold(
    ...started,
    {
      kind: 'mount',
      mntNs: 70,
      source: '/var/lib/docker/volumes/data/_data',
      target: '/data',
      fsType: 'bind',
      flags: 0x5001,
      result: 0,
    },
    { kind: 'mount', mntNs: 70, source: 'proc', target: '/proc', fsType: 'proc', flags: 0, result: 0 },
    { kind: 'mount', mntNs: 70, source: 'tmpfs', target: '/scratch', fsType: 'tmpfs', flags: 0, result: 0 },
    {
      kind: 'mount',
      mntNs: 3,
      source: 'overlay',
      target: '/merged',
      fsType: 'overlay',
      flags: 0,
      data: 'lowerdir=l/C:l/B,upperdir=/up,workdir=/w',
      result: 0,
    },
    span('container.config', { id, upperDir: '/up' }),
    {
      kind: 'process.seen',
      target: 51,
      parent: 1,
      title: 'nginx',
      innerPids: [51, 2],
      ns: { ...host, mnt: 70 },
      cgroup: group,
    },
    span('pull.layer', { image: 'nginx:latest', digest: 'sha256:aaaaaaaa', state: 'exists', current: 9, total: 9e6 }),
    span('pull.layer', {
      image: 'nginx:latest',
      digest: 'sha256:bbbbbbbb',
      state: 'downloading',
      current: 2e6,
      total: 8e6,
    }),
  );
  const { figures } = layers(world, 900, 800);

  it('is piped in: a volume as a drum, its mount read-only; a tmpfs has no drum', () => {
    expect(figure(figures, 'drum:/var/lib/docker/volumes/data/_data').title).toBe('data');
    const pipe = figure(figures, `pipe:${id}:/var/lib/docker/volumes/data/_data`);
    expect(pipe).toMatchObject({ look: 'pipe read-only', says: 'web sees it at /data, read-only' });
    expect(figures.filter((each) => each.look === 'mounted').map((each) => each.title)).toEqual([
      '/data (ro)',
      '/scratch tmpfs',
    ]);
  });

  it('hangs above all that stands below it, not only above those that it is piped into', () => {
    const figures: Figure[] = [];
    const source = { path: '/v/data', name: 'data', kind: 'volume' } as const;
    const mounts = new Map([['db', [{ target: '/data', source, readOnly: false, seq: 1 }]]]);
    const rooms = new Map([
      ['web', { x: 20, y: 300, w: 80 }],
      ['db', { x: 110, y: 500, w: 80 }],
    ]);
    drums(world, mounts, rooms, 14, 700, figures);
    const drum = figure(figures, 'drum:/v/data');
    expect(drum.x).toBeLessThan(100);
    expect(drum.y + drum.h).toBeLessThan(300);
  });

  it('travels: what is here already, what is on its way', () => {
    expect(figure(figures, 'travel:pull:sha256:aaaaaaaa')).toMatchObject({ detail: 'already here · 9.0 MB', share: 0 });
    expect(figure(figures, 'travel:pull:sha256:bbbbbbbb')).toMatchObject({
      detail: 'downloading 2.0 MB of 8.0 MB',
      share: 0.25,
    });
    expect(layersInWords(world)[0]).toContain('pull nginx:latest from the registry: layer aaaaaa already here');
  });
});
