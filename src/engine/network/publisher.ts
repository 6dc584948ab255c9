// Published ports of endpoints: the ports taken on this machine, their docker-proxies, and their rules. Used by networks.ts.
import { parseIpv4 } from './address.ts';
import { publishPorts, unpublishPorts, type PublishedRules } from './firewall.ts';
import { releasePort, takePort, type HeldPort } from './ports.ts';
import { startProxy } from './proxy.ts';
import { bridgeOf, OPTION } from './records.ts';
import { NetworkError, type Endpoint, type NetworkRecord, type PortBinding } from './types.ts';

export class Publisher {
  /** What ends the docker-proxies of an endpoint. */
  readonly #proxies = new Map<string, (() => void)[]>();

  /** All ports of the endpoint or, with Docker's words for why not, none. */
  publish(endpoint: Endpoint, network: NetworkRecord): PortBinding[] {
    if (endpoint.ports.length === 0) return [];
    const hostIp = network.Options[OPTION.hostIp] ?? '';
    const taken: HeldPort[] = [];
    try {
      for (const request of endpoint.ports)
        taken.push(takePort({ ...request, hostIp: request.hostIp || hostIp }, endpoint.ipv4));
      const bindings = taken.map(({ binding }) => binding);
      publishPorts(published(endpoint, network, bindings));
      this.#proxies.set(
        endpoint.id,
        taken.map((port) => startProxy(port, endpoint.ipv4)),
      );
      return bindings;
    } catch (error) {
      this.unpublish(
        endpoint,
        network,
        taken.map(({ binding }) => binding),
      );
      const why = error instanceof Error ? error.message : String(error);
      throw new NetworkError(
        'internal',
        `driver failed programming external connectivity on endpoint ${endpoint.containerName} (${endpoint.id}): ${why}`,
      );
    }
  }

  unpublish(endpoint: Endpoint, network: NetworkRecord, bindings = endpoint.joined?.bindings ?? []): void {
    if (bindings.length === 0) return;
    for (const end of this.#proxies.get(endpoint.id) ?? []) end();
    this.#proxies.delete(endpoint.id);
    for (const binding of bindings) releasePort(binding);
    unpublishPorts(published(endpoint, network, bindings));
  }

  /** Ports of a container that went on running without us: taken again, with new proxies. Their rules are the caller's. */
  takeUp(endpoint: Endpoint, network: NetworkRecord): PublishedRules[] {
    const { joined } = endpoint;
    if (!joined || joined.bindings.length === 0) return [];
    const proxies: (() => void)[] = [];
    for (const binding of joined.bindings) {
      try {
        proxies.push(startProxy(takePort(binding, endpoint.ipv4), endpoint.ipv4));
      } catch {
        // Another program took the port meanwhile; the DNAT rule still serves whoever comes from outside.
      }
    }
    this.#proxies.set(endpoint.id, proxies);
    return [published(endpoint, network, joined.bindings)];
  }
}

function published(endpoint: Endpoint, network: NetworkRecord, bindings: readonly PortBinding[]): PublishedRules {
  return { bridge: bridgeOf(network), containerIp: parseIpv4(endpoint.ipv4) ?? 0, bindings };
}
