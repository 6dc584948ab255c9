// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../protocol/events.ts';
import { fold, started } from '../example.ts';
import { layout as network } from './layout.ts';
import { describe as networkInWords } from './words.ts';

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
