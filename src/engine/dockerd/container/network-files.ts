// /etc/hostname, /etc/hosts and /etc/resolv.conf of a container: written under containers/<id>/ and bound into it.
// Called at each start, when the addresses are known, and when a network is connected or disconnected.
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import type { Container } from './container.ts';
import { linkedHosts } from './links.ts';

export function writeNetworkFiles(daemon: Daemon, container: Container): void {
  const { id, config, hostConfig: host } = container;
  const directory = daemon.containers.directory(id);
  const extraHosts = (host.ExtraHosts ?? []).map((entry) => resolveGateway(entry));
  // In place: a bind mount keeps to the file that it was made of, a renamed one would not be seen inside.
  const write = (name: string, text: string): void => sys.writeFile(`${directory}/${name}`, text, 0o644);
  if (host.NetworkMode.startsWith('container:')) {
    const other = daemon.containers.directory(
      daemon.containers.require(host.NetworkMode.slice('container:'.length)).id,
    );
    for (const name of ['hostname', 'hosts', 'resolv.conf'])
      write(name, sys.readTextIfExists(`${other}/${name}`) ?? '');
    return;
  }
  write('hostname', `${config.Hostname}\n`);
  if (host.NetworkMode === 'host') {
    const extra = extraHosts.map((entry) => hostsLine(entry)).join('');
    write('hosts', (sys.readTextIfExists('/etc/hosts') ?? '127.0.0.1\tlocalhost\n') + extra);
    write('resolv.conf', sys.readTextIfExists('/etc/resolv.conf') ?? '');
    return;
  }
  write(
    'hosts',
    daemon.networks.hostsFile(
      id,
      config.Domainname === '' ? config.Hostname : `${config.Hostname}.${config.Domainname} ${config.Hostname}`,
      [...extraHosts, ...linkedHosts(daemon, container)],
    ),
  );
  write(
    'resolv.conf',
    daemon.networks.resolvConf(id, { dns: host.Dns, search: host.DnsSearch, options: host.DnsOptions }),
  );
}

/** `name:host-gateway` is the address by which a container reaches the machine. */
function resolveGateway(entry: string): string {
  return entry.replace(/[:=]host-gateway$/, ':172.17.0.1');
}

/** `name:1.2.3.4` as a line of hosts(5). */
function hostsLine(entry: string): string {
  const at = entry.search(/[:=]/);
  return `${entry.slice(at + 1)}\t${entry.slice(0, at)}\n`;
}
