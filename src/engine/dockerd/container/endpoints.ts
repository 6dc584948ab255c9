// Which networks a container joins, and NetworkSettings.Networks before and after. Called by create, start, connect.
import type { Endpoint } from '../../network/index.ts';
import type { Daemon } from '../daemon.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { defaultEndpoint } from './defaults.ts';
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
    networks[network.Name] = endpointSettings(plan, network.Name, network.Id, named[name] ?? {});
  }
  return networks;
}

export function endpointSettings(
  plan: Plan,
  network: string,
  networkId: string,
  given: Partial<EndpointSettings>,
): EndpointSettings {
  const settings: EndpointSettings = { ...defaultEndpoint(), ...given, NetworkID: networkId };
  const predefined = ['bridge', 'host', 'none'].includes(network);
  if (predefined && given.IPAMConfig?.IPv4Address) {
    throw invalidParameter('user specified IP address is supported on user defined networks only');
  }
  if (predefined && (given.Aliases ?? []).length > 0) {
    throw invalidParameter('network-scoped aliases are only supported for user-defined networks');
  }
  if (!predefined) {
    const names = [plan.name, ...(given.Aliases ?? []), plan.id.slice(0, 12), plan.config.Hostname];
    settings.DNSNames = [...new Set(names.filter(Boolean))];
  }
  return settings;
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
