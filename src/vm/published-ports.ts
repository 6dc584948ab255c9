// Which ports of the guest lead into containers: read from the DNAT rules that the kernel holds, whoever made them. iptables-extensions(8)
import type { FirewallRule } from '../protocol/events.ts';
import type { PublishedPort } from '../protocol/vm-api.ts';

const RULE =
  /^-A \S+(?: -d (?<host>[\d.]+)\/32)?.* -p (?<protocol>tcp|udp) .*--dport (?<port>\d+).* -j DNAT --to-destination (?<destination>\S+)/;

export function publishedPorts(rules: readonly FirewallRule[]): PublishedPort[] {
  return rules.flatMap(({ text }) => {
    const { host, protocol, port, destination } = RULE.exec(text)?.groups ?? {};
    if (!port || !destination) return [];
    return [{ hostIp: host ?? '0.0.0.0', hostPort: Number(port), protocol: protocol as 'tcp' | 'udp', destination }];
  });
}
