// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../protocol/events.ts';
import { figure, fold, host, span, started } from '../example.ts';
import { layout as network } from './layout.ts';
import { describe as networkInWords } from './words.ts';

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
    expect(figures.some((each) => each.title === 'lo · DNS' && each.detail === '127.0.0.11')).toBe(true);
    const titles = figures.filter((each) => each.sign === 'packet').map((each) => each.title);
    expect(titles).toContain('icmp dropped in FORWARD');
    const lines = figures.filter((each) => each.key.startsWith('packet-line')).map((each) => each.title);
    expect(lines[0]).toContain('✕ dropped in FORWARD on the way to docker0');
    expect(lines[1]).toContain('db = 172.18.0.2');
  });
});
