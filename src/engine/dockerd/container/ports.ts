// Published ports: from PortBindings ({"80/tcp":[{"HostPort":"8080"}]}) to requests to the network code, and from what
// was bound back to NetworkSettings.Ports and the short list of `docker ps`.
import type { PortBinding as BoundPort, PortProtocol, PortRequest } from '../../network/index.ts';
import { invalidParameter } from '../errors.ts';
import type { ContainerConfig, HostConfig, PortMap } from './types.ts';

/** `80/tcp` or `80`. Throws Docker's words for what is no port. */
export function parsePort(text: string): { port: number; protocol: PortProtocol } {
  const [digits = '', protocol = 'tcp'] = text.split('/');
  const port = Number(digits);
  if (!/^\d+$/.test(digits) || port < 1 || port > 65535)
    throw invalidParameter(`invalid port specification: ${JSON.stringify(text)}`);
  if (protocol !== 'tcp' && protocol !== 'udp') throw invalidParameter(`invalid proto: ${protocol}`);
  return { port, protocol };
}

/** What `-p` and `-P` ask for. */
export function portRequests(config: ContainerConfig, host: HostConfig): PortRequest[] {
  const requests: PortRequest[] = [];
  for (const [name, bindings] of Object.entries(host.PortBindings)) {
    const { port: containerPort, protocol } = parsePort(name);
    const wanted = bindings === null || bindings.length === 0 ? [{ HostIp: '', HostPort: '' }] : bindings;
    for (const { HostIp: hostIp = '', HostPort = '' } of wanted)
      requests.push({ containerPort, protocol, hostIp, ...hostPorts(HostPort) });
  }
  if (host.PublishAllPorts) {
    for (const name of Object.keys(config.ExposedPorts ?? {})) {
      const { port: containerPort, protocol } = parsePort(name);
      if (!host.PortBindings[name]) requests.push({ containerPort, protocol, hostIp: '' });
    }
  }
  return requests;
}

/** `8080`, `8080-8090` or nothing. */
function hostPorts(text: string): { hostPort?: number; hostPortEnd?: number } {
  if (text === '' || text === '0') return {};
  const range = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? range?.[1]);
  if (!range || first > last || last > 65535)
    throw invalidParameter(`invalid port specification: ${JSON.stringify(text)}`);
  return last === first ? { hostPort: first } : { hostPort: first, hostPortEnd: last };
}

/** NetworkSettings.Ports: exposed ports without a binding are null. */
export function portMap(config: ContainerConfig, bound: readonly BoundPort[]): PortMap {
  const map: PortMap = {};
  for (const name of Object.keys(config.ExposedPorts ?? {})) map[name.includes('/') ? name : `${name}/tcp`] = null;
  for (const { containerPort, protocol, hostIp, hostPort } of bound) {
    const list = (map[`${containerPort}/${protocol}`] ??= []);
    list.push({ HostIp: hostIp, HostPort: String(hostPort) });
  }
  return map;
}

export interface PortSummary {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

/** `Ports` of GET /containers/json. */
export function portSummaries(map: PortMap): PortSummary[] {
  const list: PortSummary[] = [];
  for (const [name, bindings] of Object.entries(map)) {
    const { port: PrivatePort, protocol: Type } = parsePort(name);
    if (!bindings || bindings.length === 0) list.push({ PrivatePort, Type });
    for (const { HostIp: IP, HostPort } of bindings ?? [])
      list.push({ IP, PrivatePort, PublicPort: Number(HostPort), Type });
  }
  return list.sort((a, b) => a.PrivatePort - b.PrivatePort);
}
