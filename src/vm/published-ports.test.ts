import { expect, it } from 'vitest';
import { publishedPorts } from './published-ports.ts';

const rule = (text: string) => ({ chain: 'DOCKER', text, packets: 0, bytes: 0 });

it('reads published ports from DNAT rules', () => {
  const rules = [
    rule('-P PREROUTING ACCEPT'),
    rule('-A DOCKER -i docker0 -j RETURN'),
    rule('-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80'),
    rule('-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.3:53'),
  ];
  expect(publishedPorts(rules)).toEqual([
    { hostIp: '0.0.0.0', hostPort: 8080, protocol: 'tcp', destination: '172.17.0.2:80' },
    { hostIp: '127.0.0.1', hostPort: 53, protocol: 'udp', destination: '172.17.0.3:53' },
  ]);
});
