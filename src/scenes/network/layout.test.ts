// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../protocol/events.ts';
import { figure, fold, started } from '../example.ts';
import { layout as network } from './layout.ts';
import { packetEnds } from './words.ts';

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
