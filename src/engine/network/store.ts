// What the network code remembers. Networks on disk, written whole and exchanged by rename(2), so that a power cut leaves
// the old list or the new one; endpoints in /run, one file each: they do not outlive the machine, but do outlive dockerd.
import * as sys from '../sys/index.ts';
import type { Endpoint, NetworkRecord } from './types.ts';

export interface StorePaths {
  /** /var/lib/docker/network/files */
  readonly networks: string;
  /** /run/docker/network */
  readonly endpoints: string;
}

const NETWORKS_FILE = 'networks.json';

export function loadNetworks(paths: StorePaths): NetworkRecord[] {
  const text = sys.readTextIfExists(`${paths.networks}/${NETWORKS_FILE}`);
  return text ? (JSON.parse(text) as NetworkRecord[]) : [];
}

export function saveNetworks(paths: StorePaths, networks: readonly NetworkRecord[]): void {
  sys.mkdirAll(paths.networks, 0o700);
  sys.writeFileAtomic(`${paths.networks}/${NETWORKS_FILE}`, JSON.stringify(networks), 0o600, true);
}

export function loadEndpoints(paths: StorePaths): Endpoint[] {
  const found: Endpoint[] = [];
  for (const name of sys.listNames(paths.endpoints)) {
    try {
      found.push(JSON.parse(sys.readText(`${paths.endpoints}/${name}`)) as Endpoint);
    } catch {
      // Half-written when dockerd was killed: what it stands for is removed by reconcile() as nobody's.
      sys.removeQuietly(`${paths.endpoints}/${name}`);
    }
  }
  return found;
}

export function saveEndpoint(paths: StorePaths, endpoint: Endpoint): void {
  sys.mkdirAll(paths.endpoints, 0o700);
  sys.writeFile(`${paths.endpoints}/${endpoint.id}.json`, JSON.stringify(endpoint), 0o600);
}

export function removeEndpoint(paths: StorePaths, id: string): void {
  sys.removeQuietly(`${paths.endpoints}/${id}.json`);
}
