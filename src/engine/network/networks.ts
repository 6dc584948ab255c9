// The networks of this engine: the Networks interface of types.ts (read its life of an endpoint first) put together from
// the other files here. One object, made by dockerd when it starts.
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import { withUndo } from '../runc/undo.ts';
import { formatIpv4, macOf, parseIpv4 } from './address.ts';
import { hostsFile, resolvConf } from './container-files.ts';
import {
  addBridgeRules,
  publishPorts,
  rebuildFirewall,
  removeBridgeRules,
  unpublishPorts,
  type PublishedRules,
} from './firewall.ts';
import { chooseAddress } from './ipam.ts';
import { addVeth, configureInside, deleteLink, ensureBridge, listLinks, loopbackUp, moveLink } from './links.ts';
import { RouteSocket } from './netlink.ts';
import { releasePort, takePort, type HeldPort } from './ports.ts';
import { startProxy } from './proxy.ts';
import { bridgeOf, isPredefined, mtuOf, newRecord, predefinedNetworks, rulesOf, subnetOf } from './records.ts';
import { listSandboxes, nameSandbox, removeSandbox, sandboxKey, withRouteSocket } from './sandbox.ts';
import { loadEndpoints, loadNetworks, removeEndpoint, saveEndpoint, saveNetworks, type StorePaths } from './store.ts';
import {
  NetworkError,
  type Endpoint,
  type EndpointRequest,
  type NetworkCreate,
  type NetworkRecord,
  type Networks,
  type PortBinding,
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
/** Devices that this code makes: a bridge's end of a veth pair. */
const VETH_NAME = /^veth[0-9a-f]{7}$/;

class KernelNetworks implements Networks {
  readonly #paths: StorePaths;
  #networks: NetworkRecord[];
  readonly #endpoints = new Map<string, Endpoint>();
  /** Ends the docker-proxies of an endpoint. */
  readonly #proxies = new Map<string, (() => void)[]>();
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
      ipv4: isBridge ? formatIpv4(address) : '',
      prefixLength: isBridge ? subnetOf(network).prefixLength : 0,
      gateway: isBridge && !network.Internal ? (config.Gateway ?? '') : '',
      mac: isBridge ? request.mac || macOf(address) : '',
      defaultRoute: request.defaultRoute ?? this.endpointsOf({ containerId: request.containerId }).length === 0,
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
      const joined =
        network.Driver === 'bridge'
          ? this.#joinBridge(endpoint, network, pid)
          : this.#joinPlain(endpoint, network, pid);
      this.#endpoints.set(joined.id, joined);
      return joined;
    } catch (error) {
      this.leave(endpointId);
      throw error;
    }
  }

  /** host: this machine's own namespace. none: a namespace with nothing but loopback. */
  #joinPlain(endpoint: Endpoint, network: NetworkRecord, pid: number): Endpoint {
    if (network.Driver === 'host')
      return {
        ...endpoint,
        joined: { sandboxKey: '/run/docker/netns/default', ifname: '', hostIfname: '', bindings: [] },
      };
    const key = this.#openSandbox(endpoint.containerId, pid);
    const joined = { ...endpoint, joined: { sandboxKey: key, ifname: '', hostIfname: '', bindings: [] } };
    saveEndpoint(this.#paths, joined);
    return joined;
  }

  #openSandbox(containerId: string, pid: number): string {
    const key = sandboxKey(containerId);
    nameSandbox(key, pid);
    const netns = sys.open(key, sys.O_RDONLY);
    try {
      withRouteSocket(netns, loopbackUp);
    } finally {
      sys.closeQuietly(netns);
    }
    return key;
  }

  #joinBridge(endpoint: Endpoint, network: NetworkRecord, pid: number): Endpoint {
    const address = parseIpv4(endpoint.ipv4) ?? 0;
    const bridge = bridgeOf(network);
    return withUndo((undo) => {
      // 1. The namespace gets a name under which it can be found again.
      step('dockerd', 'nameSandbox', 'src/engine/network/sandbox.ts');
      const isFirst = this.#joinedOf(endpoint.containerId).length === 0;
      const key = sandboxKey(endpoint.containerId);
      nameSandbox(key, pid);
      if (isFirst) undo.push(() => removeSandbox(key));
      const netns = sys.open(key, sys.O_RDONLY);
      undo.push(() => sys.closeQuietly(netns));

      // 2. A cable: one end in the bridge, the other still loose.
      step('dockerd', 'addVeth', 'src/engine/network/links.ts');
      const hostName = `veth${sys.randomHex(4).slice(0, 7)}`;
      const peerName = `veth${sys.randomHex(4).slice(0, 7)}`;
      undo.push(() => void deleteLink(this.#route, hostName));
      addVeth(this.#route, { hostName, peerName, bridge, mac: endpoint.mac, mtu: mtuOf(network) });

      // 3. The loose end goes into the container's namespace and is called eth0 there.
      step('dockerd', 'moveLink', 'src/engine/network/links.ts');
      const ifname = this.#freeIfname(endpoint.containerId);
      moveLink(this.#route, peerName, netns, ifname);

      // 4. Inside: address, up, default route.
      step('dockerd', 'configureInside', 'src/engine/network/links.ts');
      const gateway = endpoint.defaultRoute ? parseIpv4(endpoint.gateway) : undefined;
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
      const bindings = this.#publish(endpoint, bridge, (step) => undo.push(step));
      const joined: Endpoint = { ...endpoint, joined: { sandboxKey: key, ifname, hostIfname: hostName, bindings } };
      saveEndpoint(this.#paths, joined);
      return joined;
    });
  }

  #publish(endpoint: Endpoint, bridge: string, undo: (step: () => void) => void): PortBinding[] {
    if (endpoint.ports.length === 0) return [];
    const taken: HeldPort[] = [];
    undo(() =>
      this.#unpublish(
        endpoint,
        bridge,
        taken.map(({ binding }) => binding),
      ),
    );
    try {
      for (const request of endpoint.ports) taken.push(takePort(request, endpoint.ipv4));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new NetworkError(
        'internal',
        `driver failed programming external connectivity on endpoint ${endpoint.containerName} (${endpoint.id}): ${why}`,
      );
    }
    const bindings = taken.map(({ binding }) => binding);
    publishPorts(published(endpoint, bridge, bindings));
    this.#proxies.set(
      endpoint.id,
      taken.map((port) => startProxy(port, endpoint.ipv4)),
    );
    return bindings;
  }

  #unpublish(endpoint: Endpoint, bridge: string, bindings: readonly PortBinding[]): void {
    if (bindings.length === 0) return;
    for (const end of this.#proxies.get(endpoint.id) ?? []) end();
    this.#proxies.delete(endpoint.id);
    for (const binding of bindings) releasePort(binding);
    unpublishPorts(published(endpoint, bridge, bindings));
  }

  leave(endpointId: string): void {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) return;
    step('dockerd', 'leave', FILE);
    this.#endpoints.delete(endpointId);
    removeEndpoint(this.#paths, endpointId);
    const { joined } = endpoint;
    const network = this.find(endpoint.networkId);
    if (!joined || network?.Driver === 'host') return;
    if (network) this.#unpublish(endpoint, bridgeOf(network), joined.bindings);
    if (joined.hostIfname) deleteLink(this.#route, joined.hostIfname);
    if (this.#joinedOf(endpoint.containerId).length === 0) removeSandbox(joined.sandboxKey);
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

  #freeIfname(containerId: string): string {
    const used = new Set(this.#joinedOf(containerId).map((endpoint) => endpoint.joined?.ifname));
    let n = 0;
    while (used.has(`eth${n}`)) n++;
    return `eth${n}`;
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
    const ports = [...this.#endpoints.values()].flatMap((endpoint) => this.#takeUp(endpoint));
    rebuildFirewall(bridges.map(rulesOf), ports);

    // What carries our names but belongs to nobody: cables and sandboxes that a crash left.
    const links = new Set([...this.#endpoints.values()].map((endpoint) => endpoint.joined?.hostIfname));
    for (const name of listLinks(this.#route))
      if (VETH_NAME.test(name) && !links.has(name)) deleteLink(this.#route, name);
    const keys = new Set([...this.#endpoints.values()].map((endpoint) => endpoint.joined?.sandboxKey));
    for (const key of listSandboxes()) if (!keys.has(key)) removeSandbox(key);
  }

  /** Ports of a container that went on running without us: take them again and start new proxies. */
  #takeUp(endpoint: Endpoint): PublishedRules[] {
    const network = this.find(endpoint.networkId);
    const { joined } = endpoint;
    if (!network || !joined || joined.bindings.length === 0) return [];
    const proxies: (() => void)[] = [];
    for (const { containerPort, protocol, hostIp, hostPort } of joined.bindings) {
      try {
        proxies.push(startProxy(takePort({ containerPort, protocol, hostIp, hostPort }, endpoint.ipv4), endpoint.ipv4));
      } catch {
        // Another program took the port meanwhile; the DNAT rule still serves whoever comes from outside.
      }
    }
    this.#proxies.set(endpoint.id, proxies);
    return [published(endpoint, bridgeOf(network), joined.bindings)];
  }

  hostsFile(containerId: string, hostname: string, extraHosts: readonly string[]): string {
    return hostsFile(this.endpointsOf({ containerId }), hostname, extraHosts);
  }

  resolvConf(
    _containerId: string,
    options: { dns?: readonly string[]; search?: readonly string[]; options?: readonly string[] },
  ): string {
    return resolvConf(options);
  }
}

function published(endpoint: Endpoint, bridge: string, bindings: readonly PortBinding[]): PublishedRules {
  return { bridge, containerIp: parseIpv4(endpoint.ipv4) ?? 0, bindings };
}
