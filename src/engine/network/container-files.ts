// /etc/hosts and /etc/resolv.conf of a container, as text. hosts(5), resolv.conf(5)
import * as sys from '../sys/index.ts';
import type { Endpoint } from './types.ts';

const HOSTS_HEAD = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** `extraHosts`: `name:address`, from --add-host. */
export function hostsFile(endpoints: readonly Endpoint[], hostname: string, extraHosts: readonly string[]): string {
  let text = HOSTS_HEAD;
  for (const extra of extraHosts) {
    const separator = extra.search(/[:=]/);
    text += `${extra.slice(separator + 1)}\t${extra.slice(0, separator)}\n`;
  }
  for (const endpoint of endpoints) if (endpoint.ipv4) text += `${endpoint.ipv4}\t${hostname}\n`;
  return text;
}

export interface DnsOptions {
  readonly dns?: readonly string[];
  readonly search?: readonly string[];
  readonly options?: readonly string[];
}

/** This machine's resolv.conf with what the container asked for instead; loopback servers would be the container's own. */
export function resolvConf({ dns = [], search = [], options = [] }: DnsOptions): string {
  const host = (sys.readTextIfExists('/etc/resolv.conf') ?? '').split('\n');
  const fromHost = (keyword: string): string[] => host.filter((line) => line.startsWith(`${keyword} `));
  const servers =
    dns.length > 0
      ? dns.map((server) => `nameserver ${server}`)
      : fromHost('nameserver').filter((line) => !/ 127\./.test(line));
  const lines = [
    ...servers,
    ...(search.length > 0
      ? [`search ${search.filter((domain) => domain !== '.').join(' ')}`.trimEnd()]
      : fromHost('search')),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : fromHost('options')),
  ];
  return lines.length === 0 ? '' : `${lines.filter((line) => line !== 'search').join('\n')}\n`;
}
