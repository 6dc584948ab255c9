// The embedded name servers of all containers on user-defined networks, and the directory behind them: who is called what on
// which network. Used by networks.ts, which tells of every change.
import { parseIpv4 } from './address.ts';
import { removeResolverRules, startResolver, type Directory, type Resolver } from './resolver.ts';
import { withSandbox } from './sandbox.ts';
import type { Endpoint, NetworkRecord } from './types.ts';

/** On the default bridge containers have no names. */
export const hasNames = (network: NetworkRecord | undefined): boolean =>
  network?.Driver === 'bridge' && network.Name !== 'bridge';

export interface World {
  endpointsOf(by: { networkId: string } | { containerId: string }): readonly Endpoint[];
  find(networkId: string): NetworkRecord | undefined;
}

export class Resolvers {
  readonly #open = new Map<string, Resolver>();
  /** By network: names in lower case to addresses. Made when somebody asks. */
  readonly #names = new Map<string, Map<string, number[]>>();
  /** By container: its networks with names, likewise. */
  readonly #networks = new Map<string, readonly NetworkRecord[]>();

  /** By container that has any: its own names for others. */
  readonly #links = new Map<string, ReadonlyMap<string, readonly [networkId: string, name: string]>>();

  constructor(private readonly world: World) {}

  /** An endpoint of the network came, went or got another name. */
  changed(networkId: string): void {
    this.#names.delete(networkId);
    this.#networks.clear();
    this.#links.clear();
    for (const resolver of this.#open.values()) resolver.forget();
  }

  /** Makes the container's server be there if one of its networks has names, and gone if none has. */
  ensure(containerId: string, sandboxKey: string): void {
    const wanted = this.#networksOf(containerId).length > 0;
    if (wanted === this.#open.has(containerId)) return;
    if (wanted) {
      const options = { directory: this.#directoryOf(containerId), servers: () => this.#serversOf(containerId) };
      const resolver = withSandbox(sandboxKey, (netns) => startResolver(netns, options));
      this.#open.set(containerId, resolver);
    } else {
      this.close(containerId);
      withSandbox(sandboxKey, removeResolverRules);
    }
  }

  /** The container has ended, and its namespace with it. */
  close(containerId: string): void {
    this.#open.get(containerId)?.close();
    this.#open.delete(containerId);
  }

  #networksOf(containerId: string): readonly NetworkRecord[] {
    const known = this.#networks.get(containerId);
    if (known) return known;
    const networks = this.world
      .endpointsOf({ containerId })
      .filter((endpoint) => endpoint.joined)
      .map((endpoint) => this.world.find(endpoint.networkId))
      .filter((network) => network !== undefined && hasNames(network)) as NetworkRecord[];
    this.#networks.set(containerId, networks);
    return networks;
  }

  /** Only internal networks: nobody outside can be asked. */
  #serversOf(containerId: string): readonly string[] {
    return this.world.endpointsOf({ containerId }).find((endpoint) => endpoint.gateway !== '')?.nameServers ?? [];
  }

  #directoryOf(containerId: string): Directory {
    return {
      addressesOf: (name) => {
        const [linkedOn, linked = ''] = this.#linksOf(containerId).get(name) ?? [];
        const there = linkedOn === undefined ? undefined : this.#namesOf(linkedOn).get(linked);
        if (there) return there;
        for (const network of this.#networksOf(containerId)) {
          const names = this.#namesOf(network.Id);
          const suffix = `.${network.Name.toLowerCase()}`;
          const found =
            names.get(name) ?? (name.endsWith(suffix) ? names.get(name.slice(0, -suffix.length)) : undefined);
          if (found) return found;
        }
        return undefined;
      },
      nameOf: (address) => {
        for (const network of this.#networksOf(containerId)) {
          const owner = this.world
            .endpointsOf({ networkId: network.Id })
            .find((endpoint) => endpoint.joined && parseIpv4(endpoint.ipv4) === address);
          if (owner) return `${owner.containerName}.${network.Name}`;
        }
        return undefined;
      },
    };
  }

  #linksOf(containerId: string): ReadonlyMap<string, readonly [networkId: string, name: string]> {
    const known = this.#links.get(containerId);
    if (known) return known;
    const links = new Map<string, readonly [string, string]>();
    for (const { networkId, links: names = {} } of this.world.endpointsOf({ containerId }))
      for (const [alias, name] of Object.entries(names))
        links.set(alias.toLowerCase(), [networkId, name.toLowerCase()]);
    this.#links.set(containerId, links);
    return links;
  }

  #namesOf(networkId: string): Map<string, number[]> {
    const known = this.#names.get(networkId);
    if (known) return known;
    const names = new Map<string, number[]>();
    for (const endpoint of this.world.endpointsOf({ networkId })) {
      if (!endpoint.joined) continue;
      for (const name of new Set([endpoint.containerName, ...endpoint.aliases].map((alias) => alias.toLowerCase()))) {
        const addresses = names.get(name);
        const address = parseIpv4(endpoint.ipv4) ?? 0;
        if (addresses) addresses.push(address);
        else names.set(name, [address]);
      }
    }
    this.#names.set(networkId, names);
    return names;
  }
}
