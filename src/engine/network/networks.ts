// The networks of this engine: the Networks interface of types.ts (read its life of an endpoint first) put together from
// the other files here. One object, made by dockerd when it starts.
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import { withUndo } from '../runc/undo.ts';
import { formatIpv4, macOf, parseIpv4 } from './address.ts';
import { hostsFile, internalResolvConf, nameServers, resolvConf, type DnsOptions } from './container-files.ts';
import { addBridgeRules, rebuildFirewall, removeBridgeRules } from './firewall.ts';
import { chooseAddress } from './ipam.ts';
import {
  addVeth,
  configureInside,
  deleteLink,
  ensureBridge,
  freeIfname,
  listLinks,
  loopbackUp,
  moveDefaultRoute,
  moveLink,
} from './links.ts';
import { RouteSocket } from './netlink.ts';
import { Publisher } from './publisher.ts';
import { bridgeOf, isPredefined, mtuOf, newRecord, predefinedNetworks, rulesOf, subnetOf } from './records.ts';
import { RESOLVER_ADDRESS } from './resolver.ts';
import { hasNames, Resolvers } from './resolvers.ts';
import { listSandboxes, nameSandbox, removeSandbox, sandboxKey, withRouteSocket, withSandbox } from './sandbox.ts';
import { loadEndpoints, loadNetworks, removeEndpoint, saveEndpoint, saveNetworks, type StorePaths } from './store.ts';
import {
  NetworkError,
  type Endpoint,
  type EndpointRequest,
  type NetworkCreate,
  type NetworkRecord,
  type Networks,
} from './types.ts';

export interface NetworksOptions {
  /** Where networks are kept: /var/lib/docker/network/files */
  readonly stateDir?: string;
  /** Where endpoints are kept: /run/docker/network */
  readonly runDir?: string;
}

export function openNetworks(options: NetworksOptions = {}): Networks {
  return new KernelNetworks({
    networks: options.stateDir ?? '/var/lib/docker/network/files',
    endpoints: options.runDir ?? '/run/docker/network',
  });
}

const FILE = 'src/engine/network/networks.ts';
const HOST_SANDBOX = '/run/docker/netns/default';
/** Devices that this code makes: a bridge's end of a veth pair. */
const BRIDGE_NAME = /^br-[0-9a-f]{12}$/;
const VETH_NAME = /^veth[0-9a-f]{7}$/;

class KernelNetworks implements Networks {
  readonly #paths: StorePaths;
  #networks: NetworkRecord[];
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #publisher = new Publisher();
  readonly #resolvers = new Resolvers(this);
  #socket: RouteSocket | undefined;

  constructor(paths: StorePaths) {
    this.#paths = paths;
    this.#networks = loadNetworks(paths);
    const missing = predefinedNetworks(this.#networks);
    if (missing.length > 0) {
      this.#networks = [...missing, ...this.#networks];
      saveNetworks(paths, this.#networks);
    }
  }

  get #route(): RouteSocket {
    return (this.#socket ??= new RouteSocket());
  }

  list(): readonly NetworkRecord[] {
    return this.#networks;
  }

  find(nameOrId: string): NetworkRecord | undefined {
    const exact = this.#networks.find((network) => network.Name === nameOrId || network.Id === nameOrId);
    if (exact || nameOrId === '') return exact;
    const byPrefix = this.#networks.filter((network) => network.Id.startsWith(nameOrId));
    return byPrefix.length === 1 ? byPrefix[0] : undefined;
  }

  #findOrThrow(nameOrId: string): NetworkRecord {
    const network = this.find(nameOrId);
    if (!network) throw new NetworkError('not-found', `network ${nameOrId} not found`);
    return network;
  }

  create(request: NetworkCreate): NetworkRecord {
    const network = newRecord(request, this.#networks);
    return withUndo((undo) => {
      undo.push(() => this.#removeBridge(network));
      this.#ensureBridge(network);
      addBridgeRules(rulesOf(network));
      saveNetworks(this.#paths, [...this.#networks, network]);
      this.#networks = [...this.#networks, network];
      return network;
    });
  }

  remove(nameOrId: string): NetworkRecord {
    const network = this.#findOrThrow(nameOrId);
    if (isPredefined(network.Name))
      throw new NetworkError('forbidden', `${network.Name} is a pre-defined network and cannot be removed`);
    const active = this.endpointsOf({ networkId: network.Id });
    if (active.length > 0) {
      const list = active
        .map((endpoint) => `name:"${endpoint.containerName}" id:"${endpoint.id.slice(0, 12)}"`)
        .join(', ');
      throw new NetworkError(
        'forbidden',
        `error while removing network: network ${network.Name} has active endpoints (${list})`,
      );
    }
    const rest = this.#networks.filter((other) => other !== network);
    saveNetworks(this.#paths, rest);
    this.#networks = rest;
    this.#removeBridge(network);
    return network;
  }

  #ensureBridge(network: NetworkRecord): void {
    step('dockerd', 'ensureBridge', 'src/engine/network/links.ts');
    const gateway = parseIpv4(network.IPAM.Config[0]?.Gateway ?? '') ?? 0;
    const [a = 0, b = 0, c = 0, d = 0] = sys.randomBytes(4);
    const mac = macOf(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
    ensureBridge(this.#route, bridgeOf(network), mac, subnetOf(network), gateway, mtuOf(network));
  }

  #removeBridge(network: NetworkRecord): void {
    removeBridgeRules(rulesOf(network));
    deleteLink(this.#route, bridgeOf(network));
  }

  allocate(request: EndpointRequest): Endpoint {
    const network = this.#findOrThrow(request.networkId);
    const others = this.endpointsOf({ networkId: network.Id });
    if (others.some((endpoint) => endpoint.containerId === request.containerId)) {
      throw new NetworkError(
        'forbidden',
        `endpoint with name ${request.containerName} already exists in network ${network.Name}`,
      );
    }
    const config = network.IPAM.Config[0];
    const isBridge = network.Driver === 'bridge' && config !== undefined;
    const used = new Set(others.map((endpoint) => parseIpv4(endpoint.ipv4) ?? -1));
    const address = isBridge ? chooseAddress(config, used, request.ipv4) : 0;
    const endpoint: Endpoint = {
      id: sys.randomHex(32),
      networkId: network.Id,
      containerId: request.containerId,
      containerName: request.containerName,
      aliases: request.aliases ?? [],
      ...(request.links && { links: request.links }),
      ipv4: isBridge ? formatIpv4(address) : '',
      prefixLength: isBridge ? subnetOf(network).prefixLength : 0,
      gateway: isBridge && !network.Internal ? (config.Gateway ?? '') : '',
      mac: isBridge ? request.mac || macOf(address) : '',
      gwPriority: request.gwPriority ?? 0,
      nameServers: isBridge ? nameServers(request.dns ?? []) : [],
      ports: isBridge ? (request.ports ?? []) : [],
    };
    this.#endpoints.set(endpoint.id, endpoint);
    return endpoint;
  }

  join(endpointId: string, pid: number): Endpoint {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) throw new NetworkError('not-found', `endpoint ${endpointId} not found`);
    const network = this.#findOrThrow(endpoint.networkId);
    try {
      const plugged =
        network.Driver === 'bridge'
          ? this.#joinBridge(endpoint, network, pid)
          : this.#joinPlain(endpoint, network, pid);
      const joined = this.#keep(plugged);
      if (joined.joined && network.Driver === 'bridge')
        this.#resolvers.ensure(joined.containerId, joined.joined.sandboxKey);
      return joined;
    } catch (error) {
      this.leave(endpointId);
      throw error;
    }
  }

  /** Remembers an endpoint as it is now. */
  #keep(endpoint: Endpoint): Endpoint {
    this.#endpoints.set(endpoint.id, endpoint);
    if (endpoint.joined?.hostIfname !== undefined && endpoint.joined.sandboxKey !== HOST_SANDBOX)
      saveEndpoint(this.#paths, endpoint);
    this.#resolvers.changed(endpoint.networkId);
    return endpoint;
  }

  /** host: this machine's own namespace. none: a namespace with nothing but loopback. */
  #joinPlain(endpoint: Endpoint, network: NetworkRecord, pid: number): Endpoint {
    const sandboxOf = (key: string): Endpoint => ({
      ...endpoint,
      joined: { sandboxKey: key, ifname: '', hostIfname: '', bindings: [] },
    });
    return sandboxOf(network.Driver === 'host' ? HOST_SANDBOX : this.isolate(endpoint.containerId, pid));
  }

  isolate(containerId: string, pid: number): string {
    const key = sandboxKey(containerId);
    nameSandbox(key, pid);
    withSandbox(key, (netns) => withRouteSocket(netns, loopbackUp));
    return key;
  }

  #joinBridge(endpoint: Endpoint, network: NetworkRecord, pid: number): Endpoint {
    const address = parseIpv4(endpoint.ipv4) ?? 0;
    return withUndo((undo) => {
      // 1. The namespace gets a name under which it can be found again.
      step('dockerd', 'nameSandbox', 'src/engine/network/sandbox.ts');
      const others = this.#joinedOf(endpoint.containerId);
      const isFirst = others.length === 0;
      const key = sandboxKey(endpoint.containerId);
      if (nameSandbox(key, pid)) undo.push(() => removeSandbox(key));
      const netns = sys.open(key, sys.O_RDONLY);
      undo.push(() => sys.closeQuietly(netns));

      // 2. A cable: one end in the bridge, the other still loose.
      step('dockerd', 'addVeth', 'src/engine/network/links.ts');
      const hostName = `veth${sys.randomHex(4).slice(0, 7)}`;
      const peerName = `veth${sys.randomHex(4).slice(0, 7)}`;
      undo.push(() => void deleteLink(this.#route, hostName));
      addVeth(this.#route, {
        hostName,
        peerName,
        bridge: bridgeOf(network),
        mac: endpoint.mac,
        mtu: mtuOf(network),
      });

      // 3. The loose end goes into the container's namespace and is called eth0 there.
      step('dockerd', 'moveLink', 'src/engine/network/links.ts');
      const ifname = freeIfname(others.map(({ joined }) => joined?.ifname));
      moveLink(this.#route, peerName, netns, ifname);

      // 4. Inside: address, up, default route.
      step('dockerd', 'configureInside', 'src/engine/network/links.ts');
      const isGateway = this.#gatewayOf(endpoint.containerId)?.id === endpoint.id;
      const gateway = isGateway ? parseIpv4(endpoint.gateway) : undefined;
      withRouteSocket(netns, (route) => {
        configureInside(route, {
          first: isFirst,
          ifname,
          address,
          subnet: subnetOf(network),
          ...(gateway !== undefined && { gateway }),
        });
      });
      sys.closeQuietly(netns);

      // 5. Ports of this machine that lead to it.
      if (isGateway) for (const other of others) this.#withdraw(other);
      const bindings = isGateway ? this.#publisher.publish(endpoint, network) : [];
      return { ...endpoint, joined: { sandboxKey: key, ifname, hostIfname: hostName, bindings } };
    });
  }

  /** Which endpoint gives a container its default route and its published ports: by priority, then by the network's name. */
  #gatewayOf(containerId: string): Endpoint | undefined {
    const nameOf = (endpoint: Endpoint): string => this.find(endpoint.networkId)?.Name ?? '';
    let best: Endpoint | undefined;
    for (const endpoint of this.endpointsOf({ containerId })) {
      if (endpoint.gateway === '') continue;
      const isBetter =
        !best ||
        endpoint.gwPriority > best.gwPriority ||
        (endpoint.gwPriority === best.gwPriority && nameOf(endpoint) < nameOf(best));
      if (isBetter) best = endpoint;
    }
    return best;
  }

  /** Its ports are another endpoint's from now on. */
  #withdraw(endpoint: Endpoint): void {
    const network = this.find(endpoint.networkId);
    if (!network || !endpoint.joined?.bindings.length) return;
    this.#publisher.unpublish(endpoint, network);
    this.#keep({ ...endpoint, joined: { ...endpoint.joined, bindings: [] } });
  }

  /** The endpoint with the default route has gone: the next one takes over route and ports. */
  settle(containerId: string): void {
    const next = this.#gatewayOf(containerId);
    const network = next && this.find(next.networkId);
    if (!next?.joined || !network) return;
    const { sandboxKey: key, ifname } = next.joined;
    withSandbox(key, (netns) =>
      withRouteSocket(netns, (route) => moveDefaultRoute(route, parseIpv4(next.gateway) ?? 0, ifname)),
    );
    if (next.joined.bindings.length > 0) return;
    this.#keep({ ...next, joined: { ...next.joined, bindings: this.#publisher.publish(next, network) } });
  }

  leave(endpointId: string): void {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) return;
    const { containerId } = endpoint;
    const wasGateway = this.#gatewayOf(containerId)?.id === endpointId;
    this.#unplug(endpoint);
    const { joined } = this.#joinedOf(containerId)[0] ?? endpoint;
    if (wasGateway) this.settle(containerId);
    // The namespace keeps its name until the container ends, also with no network left: it may be plugged in again.
    if (joined) this.#resolvers.ensure(containerId, joined.sandboxKey);
  }

  leaveAll(containerId: string): void {
    const endpoints = this.endpointsOf({ containerId });
    for (const endpoint of endpoints) this.#unplug(endpoint);
    this.#resolvers.close(containerId);
    removeSandbox(sandboxKey(containerId));
  }

  #unplug(endpoint: Endpoint): void {
    step('dockerd', 'leave', FILE);
    this.#endpoints.delete(endpoint.id);
    this.#resolvers.changed(endpoint.networkId);
    removeEndpoint(this.#paths, endpoint.id);
    const network = this.find(endpoint.networkId);
    if (network) this.#publisher.unpublish(endpoint, network);
    if (endpoint.joined?.hostIfname) deleteLink(this.#route, endpoint.joined.hostIfname);
  }

  rename(containerId: string, oldName: string, newName: string): void {
    for (const endpoint of this.endpointsOf({ containerId })) {
      const aliases = endpoint.aliases.map((alias) => (alias === oldName ? newName : alias));
      this.#keep({ ...endpoint, containerName: newName, aliases });
    }
  }

  endpoint(endpointId: string): Endpoint | undefined {
    return this.#endpoints.get(endpointId);
  }

  endpointsOf(by: { networkId: string } | { containerId: string }): readonly Endpoint[] {
    const all = [...this.#endpoints.values()];
    return 'networkId' in by
      ? all.filter((e) => e.networkId === by.networkId)
      : all.filter((e) => e.containerId === by.containerId);
  }

  #joinedOf(containerId: string): Endpoint[] {
    return this.endpointsOf({ containerId }).filter((endpoint) => endpoint.joined !== undefined);
  }

  reconcile(running: readonly { readonly containerId: string; readonly pid: number }[]): void {
    step('dockerd', 'reconcile', FILE);
    sys.writeControl('/proc/sys/net/ipv4/ip_forward', '1');
    const alive = new Set(running.map(({ containerId }) => containerId));
    const bridges = this.#networks.filter((network) => network.Driver === 'bridge');
    for (const network of bridges) this.#ensureBridge(network);

    // Endpoints of an earlier dockerd: those of running containers are taken up as they are, the others end.
    for (const endpoint of loadEndpoints(this.#paths)) this.#endpoints.set(endpoint.id, endpoint);
    for (const endpoint of [...this.#endpoints.values()]) {
      if (!alive.has(endpoint.containerId) || !endpoint.joined || !this.find(endpoint.networkId))
        this.leave(endpoint.id);
    }
    const ports = [...this.#endpoints.values()].flatMap((endpoint) =>
      this.#publisher.takeUp(endpoint, this.#findOrThrow(endpoint.networkId)),
    );
    // Bridges of networks whose making or removal was cut off.
    const known = new Set(bridges.map(bridgeOf));
    const strays = listLinks(this.#route).filter((name) => BRIDGE_NAME.test(name) && !known.has(name));
    rebuildFirewall(bridges.map(rulesOf), ports, strays);
    for (const name of strays) deleteLink(this.#route, name);
    // The sockets of their name servers ended with the earlier dockerd.
    for (const { containerId, joined } of this.#endpoints.values())
      if (joined) this.#resolvers.ensure(containerId, joined.sandboxKey);

    // What carries our names but belongs to nobody: cables and sandboxes that a crash left.
    const links = new Set([...this.#endpoints.values()].map((endpoint) => endpoint.joined?.hostIfname));
    for (const name of listLinks(this.#route))
      if (VETH_NAME.test(name) && !links.has(name)) deleteLink(this.#route, name);
    const keys = new Set([...alive].map(sandboxKey));
    for (const key of listSandboxes()) if (!keys.has(key)) removeSandbox(key);
  }

  hostsFile(containerId: string, hostname: string, extraHosts: readonly string[]): string {
    return hostsFile(this.endpointsOf({ containerId }), hostname, extraHosts);
  }

  resolvConf(containerId: string, options: DnsOptions): string {
    const isNamed = this.endpointsOf({ containerId }).some(({ networkId }) => hasNames(this.find(networkId)));
    return isNamed ? internalResolvConf(RESOLVER_ADDRESS, options) : resolvConf(options);
  }
}
