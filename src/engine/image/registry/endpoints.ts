// Where a registry is: which addresses to try for a domain, in which order, and whether plain HTTP is allowed there.
// docker.io has mirrors (daemon.json, registry-mirrors); other registries only themselves.
import type { DaemonConfig } from '../../dockerd/config.ts';

export interface RegistryEndpoint {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** As it is written in URLs and the Host header. */
  readonly name: string;
  readonly isMirror: boolean;
}

type Registries = Pick<DaemonConfig, 'registryMirrors' | 'insecureRegistries'>;

export function endpointsOf(domain: string, config: Registries): RegistryEndpoint[] {
  if (domain === 'docker.io') {
    const mirrors = config.registryMirrors.map((url) => parseUrl(url)).filter((endpoint) => endpoint !== undefined);
    return [
      ...mirrors,
      { scheme: 'https', host: 'registry-1.docker.io', port: 443, name: 'registry-1.docker.io', isMirror: false },
    ];
  }
  const [host = '', port] = domain.split(':');
  const insecure = isInsecure(domain, config.insecureRegistries);
  return [
    {
      scheme: insecure ? 'http' : 'https',
      host,
      port: Number(port ?? (insecure ? 80 : 443)),
      name: domain,
      isMirror: false,
    },
  ];
}

function parseUrl(url: string): RegistryEndpoint | undefined {
  const found = /^(https?):\/\/([^/:]+)(?::(\d+))?\/?$/.exec(url);
  if (!found) return undefined;
  const [, scheme, host = '', port] = found;
  return {
    scheme: scheme as 'http' | 'https',
    host,
    port: Number(port ?? (scheme === 'https' ? 443 : 80)),
    name: port === undefined ? host : `${host}:${port}`,
    isMirror: true,
  };
}

/** 127.0.0.0/8 and localhost always are; others by name, or by network, in insecure-registries. */
export function isInsecure(domain: string, insecureRegistries: readonly string[]): boolean {
  const [host = ''] = domain.split(':');
  if (host === 'localhost' || /^127\./.test(host)) return true;
  return insecureRegistries.some((entry) => entry === domain || entry === host || inNetwork(host, entry));
}

function inNetwork(host: string, entry: string): boolean {
  const [network = '', bits] = entry.split('/');
  const [a, b] = [toNumber(host), toNumber(network)];
  if (bits === undefined || a === undefined || b === undefined) return false;
  const mask = Number(bits) === 0 ? 0 : (-1 << (32 - Number(bits))) >>> 0;
  return (a & mask) >>> 0 === (b & mask) >>> 0;
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
