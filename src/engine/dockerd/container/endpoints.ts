// Which networks a container joins, and NetworkSettings.Networks before and after. Called by create, start, connect.
import { contains, parseIpv4, parseSubnet } from '../../network/address.ts';
import type { Endpoint, NetworkRecord } from '../../network/index.ts';
import type { Daemon } from '../daemon.ts';
import { invalidParameter, isKind, messageOf, notFound, notImplemented } from '../errors.ts';
import type { Container } from './container.ts';
import { defaultEndpoint } from './defaults.ts';
import { parseLink } from './links.ts';
import { portRequests } from './ports.ts';
import type { ContainerConfig, EndpointSettings, HostConfig } from './types.ts';

interface Plan {
  readonly id: string;
  readonly name: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
}

/** The endpoint settings that a new container is created with, by network name. */
export function endpointsFor(
  daemon: Daemon,
  plan: Plan,
  wanted: Readonly<Record<string, Partial<EndpointSettings>>>,
): Record<string, EndpointSettings> {
  const mode = plan.hostConfig.NetworkMode;
  if (mode.startsWith('container:')) return {};
  const named: Record<string, Partial<EndpointSettings>> = {};
  for (const [name, settings] of Object.entries(wanted)) named[name === 'default' ? 'bridge' : name] = settings ?? {};
  const networks: Record<string, EndpointSettings> = {};
  // The network of --network comes first: it is the default route's.
  for (const name of new Set([mode, ...Object.keys(named)])) {
    const network = daemon.networks.find(name);
    if (!network) throw notFound(`network ${name} not found`);
    const given = named[name] ?? {};
    // --mac-address is the first network's.
    if (given.MacAddress && network.Name === daemon.networks.find(mode)?.Name)
      plan.config.MacAddress ??= given.MacAddress;
    try {
      networks[network.Name] = endpointSettings(plan, network, given);
    } catch (error) {
      if (isKind(error, 'notImplemented')) throw error;
      throw invalidParameter(`invalid config for network ${name}: ${messageOf(error)}`);
    }
  }
  return networks;
}

export function endpointSettings(
  plan: Plan,
  network: NetworkRecord,
  given: Partial<EndpointSettings>,
): EndpointSettings {
  const settings: EndpointSettings = { ...defaultEndpoint(), ...given, NetworkID: network.Id };
  const problems = problemsOf(network, given);
  settings.Links?.forEach(parseLink);
  if (problems.length > 0) throw invalidParameter(`invalid endpoint settings:\n${problems.join('\n')}`);
  if (!isPredefined(network)) {
    const names = [plan.name, ...(given.Aliases ?? []), plan.id.slice(0, 12), plan.config.Hostname];
    settings.DNSNames = [...new Set(names.filter(Boolean))];
  }
  return settings;
}

const isPredefined = ({ Name }: NetworkRecord): boolean => ['bridge', 'host', 'none'].includes(Name);

/** What Docker says against an address or aliases. */
function problemsOf(network: NetworkRecord, { IPAMConfig, Aliases }: Partial<EndpointSettings>): string[] {
  const address = IPAMConfig?.IPv4Address;
  const problems: string[] = [];
  if ((IPAMConfig?.LinkLocalIPs ?? []).length > 0) throw notImplemented('link-local addresses of a container');
  const ip6 = IPAMConfig?.IPv6Address;
  if (ip6 && !isPredefined(network))
    problems.push(
      network.subnetIsChosen === true
        ? `no configured subnet or ip-range contain the IP address ${ip6}`
        : 'user specified IP address is supported only when connecting to networks with user configured subnets',
    );
  if (isPredefined(network)) {
    if (address || ip6) problems.push('user specified IP address is supported on user defined networks only');
    if ((Aliases ?? []).length > 0)
      problems.push('network-scoped aliases are only supported for user-defined networks');
  } else if (address) {
    const value = parseIpv4(address);
    const subnets = network.IPAM.Config.map(({ Subnet }) => parseSubnet(Subnet));
    if (value === undefined) problems.push(`invalid IPv4 address: ${address}`);
    else if (network.subnetIsChosen !== true)
      problems.push(
        'user specified IP address is supported only when connecting to networks with user configured subnets',
      );
    else if (!subnets.some((subnet) => subnet && contains(subnet, value)))
      problems.push(`no configured subnet or ip-range contain the IP address ${address}`);
  }
  return problems;
}

/** `db:store` on a network of one's own: `store` stands for `db`, in this container alone. */
const linkNames = (links: readonly string[]): Record<string, string> =>
  Object.fromEntries(links.map(parseLink).map(({ name, alias }) => [alias, name]));

/** What the network code is asked for. */
export function endpointRequest(container: Container, settings: EndpointSettings) {
  const { config, hostConfig } = container;
  return {
    ...(settings.IPAMConfig?.IPv4Address && { ipv4: settings.IPAMConfig.IPv4Address }),
    aliases: settings.DNSNames ?? [],
    ...(settings.Links?.length && { links: linkNames(settings.Links) }),
    ports: portRequests(config, hostConfig),
    gwPriority: settings.GwPriority ?? 0,
    dns: hostConfig.Dns,
  };
}

/** Puts what the network code chose into the settings that inspect shows. */
export function describeEndpoint(settings: EndpointSettings, endpoint: Endpoint): void {
  settings.NetworkID = endpoint.networkId;
  settings.EndpointID = endpoint.id;
  settings.IPAddress = endpoint.ipv4;
  settings.IPPrefixLen = endpoint.prefixLength;
  settings.Gateway = endpoint.gateway;
  settings.MacAddress = endpoint.mac;
}

/** After the container has stopped. */
export function clearEndpoint(settings: EndpointSettings): void {
  Object.assign(settings, { EndpointID: '', IPAddress: '', IPPrefixLen: 0, Gateway: '', MacAddress: '' });
}
