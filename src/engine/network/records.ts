// Networks as records: the three that are always there, and what a request to create one becomes. No kernel work here.
import * as sys from '../sys/index.ts';
import { parseSubnet, type Subnet } from './address.ts';
import type { BridgeRules } from './firewall.ts';
import { choosePool } from './ipam.ts';
import { NetworkError, type NetworkCreate, type NetworkRecord } from './types.ts';

export const OPTION = {
  bridge: 'com.docker.network.bridge.name',
  icc: 'com.docker.network.bridge.enable_icc',
  masquerade: 'com.docker.network.bridge.enable_ip_masquerade',
  hostIp: 'com.docker.network.bridge.host_binding_ipv4',
  defaultBridge: 'com.docker.network.bridge.default_bridge',
  mtu: 'com.docker.network.driver.mtu',
} as const;

const DEFAULT_MTU = 1500;
const PREDEFINED = ['bridge', 'host', 'none'];
export const isPredefined = (name: string): boolean => PREDEFINED.includes(name);

function record(name: string, driver: NetworkRecord['Driver'], rest: Partial<NetworkRecord> = {}): NetworkRecord {
  return {
    Name: name,
    Id: sys.randomHex(32),
    Created: sys.rfc3339Nano(),
    Scope: 'local',
    Driver: driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: [] },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Options: {},
    Labels: {},
    ...rest,
  };
}

/** bridge, host and none, as far as they are missing. */
export function predefinedNetworks(existing: readonly NetworkRecord[]): NetworkRecord[] {
  const has = (name: string): boolean => existing.some((network) => network.Name === name);
  const made: NetworkRecord[] = [];
  if (!has('bridge')) {
    const options = {
      [OPTION.defaultBridge]: 'true',
      [OPTION.icc]: 'true',
      [OPTION.masquerade]: 'true',
      [OPTION.hostIp]: '0.0.0.0',
      [OPTION.bridge]: 'docker0',
      [OPTION.mtu]: String(DEFAULT_MTU),
    };
    const config = { Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' };
    made.push(
      record('bridge', 'bridge', { IPAM: { Driver: 'default', Options: null, Config: [config] }, Options: options }),
    );
  }
  if (!has('host')) made.push(record('host', 'host'));
  if (!has('none')) made.push(record('none', 'null'));
  return made;
}

export function newRecord(request: NetworkCreate, existing: readonly NetworkRecord[]): NetworkRecord {
  const { Name: name, Driver: driver = 'bridge' } = request;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new NetworkError(
      'invalid',
      name === ''
        ? 'invalid network name: name is empty'
        : `invalid network name: "${name}" includes invalid characters, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`,
    );
  }
  if (isPredefined(name))
    throw new NetworkError('forbidden', `operation is not permitted on predefined ${name} network`);
  if (existing.some((network) => network.Name === name))
    throw new NetworkError('conflict', `network with name ${name} already exists`);
  if (driver === 'host' || driver === 'null' || driver === 'none') {
    throw new NetworkError(
      'forbidden',
      `only one instance of "${driver === 'none' ? 'null' : driver}" network is allowed`,
    );
  }
  if (driver !== 'bridge')
    throw new NetworkError('not-found', `could not find plugin ${driver} in v1 plugin registry: plugin not found`);
  if (request.EnableIPv6) throw new NetworkError('invalid', 'IPv6 networks are not implemented');
  const taken = existing.flatMap((network) => network.IPAM.Config.map((config) => parseSubnet(config.Subnet)));
  const config = choosePool(
    request,
    taken.filter((subnet) => subnet !== undefined),
  );
  return record(name, 'bridge', {
    IPAM: { Driver: request.IPAM?.Driver || 'default', Options: request.IPAM?.Options ?? {}, Config: [config] },
    Internal: request.Internal ?? false,
    Attachable: request.Attachable ?? false,
    Options: { ...request.Options },
    Labels: { ...request.Labels },
    ...(request.IPAM?.Config?.[0]?.Subnet && { subnetIsChosen: true }),
  });
}

/** A network as the API shows it, without its containers. */
export function resourceOf({ subnetIsChosen: _, ...network }: NetworkRecord): Omit<NetworkRecord, 'subnetIsChosen'> {
  return network;
}

/** Name of the network's device. */
export const bridgeOf = (network: NetworkRecord): string =>
  network.Options[OPTION.bridge] ?? `br-${network.Id.slice(0, 12)}`;

export const mtuOf = (network: NetworkRecord): number => Number(network.Options[OPTION.mtu] ?? DEFAULT_MTU);

/** Read once from a network's record, which does not change. */
const subnets = new WeakMap<NetworkRecord, Subnet>();

export function subnetOf(network: NetworkRecord): Subnet {
  const subnet = subnets.get(network) ?? parseSubnet(network.IPAM.Config[0]?.Subnet ?? '');
  if (!subnet) throw new NetworkError('internal', `network ${network.Name} has no subnet`);
  subnets.set(network, subnet);
  return subnet;
}

export function rulesOf(network: NetworkRecord): BridgeRules {
  const isOn = (option: string): boolean => (network.Options[option] ?? 'true') !== 'false';
  return {
    bridge: bridgeOf(network),
    subnet: subnetOf(network),
    masquerade: isOn(OPTION.masquerade),
    icc: isOn(OPTION.icc),
    internal: network.Internal,
  };
}
