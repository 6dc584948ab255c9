// What dockerd and the network code say to each other: networks, endpoints (a container's plug in a network), published ports.
// Shapes that go over the API unchanged have Docker's casing (GET /networks/{id}).

export interface IpamConfig {
  readonly Subnet: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** One network as it is kept on disk and as GET /networks/{id} shows it (without Containers). */
export interface NetworkRecord {
  readonly Name: string;
  readonly Id: string;
  /** RFC 3339 with nanoseconds. */
  readonly Created: string;
  readonly Scope: 'local';
  readonly Driver: 'bridge' | 'host' | 'null';
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: false;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Readonly<Record<string, string>> | null;
    readonly Config: readonly IpamConfig[];
  };
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: false;
  readonly ConfigFrom: { readonly Network: '' };
  readonly ConfigOnly: false;
  /** `com.docker.network.bridge.name`, `…enable_icc`, `…enable_ip_masquerade`, `…host_binding_ipv4`, `com.docker.network.driver.mtu`. */
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
  /** The subnet was asked for: only then may an address be. Not shown by the API. */
  readonly subnetIsChosen?: true;
}

/** Body of POST /networks/create, as far as it is used. */
export interface NetworkCreate {
  readonly Name: string;
  readonly Driver?: string;
  readonly Internal?: boolean;
  readonly Attachable?: boolean;
  readonly EnableIPv6?: boolean;
  readonly IPAM?: {
    readonly Driver?: string;
    readonly Options?: Readonly<Record<string, string>> | null;
    readonly Config?: readonly Partial<IpamConfig>[] | null;
  };
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

export type PortProtocol = 'tcp' | 'udp';

/** One `-p`: hostPort 0 or absent takes the next free one from 32768 on. */
export interface PortRequest {
  readonly containerPort: number;
  readonly protocol: PortProtocol;
  /** '' and absent: 0.0.0.0 */
  readonly hostIp?: string;
  readonly hostPort?: number;
  /** `-p 8000-8010:80`: the first free one of hostPort..hostPortEnd. */
  readonly hostPortEnd?: number;
}

/** A port that is published now. */
export interface PortBinding {
  readonly containerPort: number;
  readonly protocol: PortProtocol;
  readonly hostIp: string;
  readonly hostPort: number;
}

export interface EndpointRequest {
  readonly networkId: string;
  readonly containerId: string;
  /** For error texts and name resolution, without the leading slash. */
  readonly containerName: string;
  /** Asked for with --ip. */
  readonly ipv4?: string;
  /** Asked for with --mac-address. */
  readonly mac?: string;
  readonly aliases?: readonly string[];
  /** Names that only this container knows, each with the name that it stands for: --link. */
  readonly links?: Readonly<Record<string, string>>;
  readonly ports?: readonly PortRequest[];
  /** The network with the highest one gives the default route; among equals the first by name. */
  readonly gwPriority?: number;
  /** --dns: where the embedded name server asks for names that are not its own; empty takes this machine's servers. */
  readonly dns?: readonly string[];
}

/** A container's plug in one network. Kept in /run/docker/network/<id>.json while it exists. */
export interface Endpoint {
  readonly id: string;
  readonly networkId: string;
  readonly containerId: string;
  readonly containerName: string;
  readonly aliases: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
  readonly ipv4: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly mac: string;
  readonly gwPriority: number;
  /** Name servers outside, for the embedded one. */
  readonly nameServers: readonly string[];
  /** What the container publishes; done at the endpoint that gives its default route. */
  readonly ports: readonly PortRequest[];
  /** The state after join(). */
  readonly joined?: {
    /** /run/docker/netns/<12 characters> */
    readonly sandboxKey: string;
    readonly ifname: string;
    /** The veth's end on the bridge. */
    readonly hostIfname: string;
    readonly bindings: readonly PortBinding[];
  };
}

export type NetworkErrorKind = 'not-found' | 'conflict' | 'invalid' | 'forbidden' | 'internal';

/** A refusal in Docker's own words; dockerd maps the kind to HTTP. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  constructor(
    readonly kind: NetworkErrorKind,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The network side of dockerd (libnetwork's place). Everything is synchronous: rtnetlink and the iptables
 * setsockopt have done their work when the call returns.
 *
 * The life of an endpoint, in a `docker run`:
 *   allocate()          address and MAC are chosen (dockerd writes /etc/hosts with them); no kernel work yet
 *   containerd create   the container's network namespace exists, its PID 1 waits at exec.fifo
 *   join()              sandbox key, veth pair, bridge port, address, route, DNAT rules
 *   containerd start    … the program runs and ends …
 *   leaveAll()          rules, veth, address, sandbox key are gone
 */
export interface Networks {
  list(): readonly NetworkRecord[];
  /** By full name, full id, or unique id prefix. */
  find(nameOrId: string): NetworkRecord | undefined;
  create(request: NetworkCreate): NetworkRecord;
  /** Refused (forbidden) while it has endpoints, and for bridge, host and none. */
  remove(nameOrId: string): NetworkRecord;

  allocate(request: EndpointRequest): Endpoint;
  /** `pid`: any process in the container's network namespace. On failure nothing of the endpoint is left. */
  join(endpointId: string, pid: number): Endpoint;
  /** Names the namespace of a container that is in no network: nothing but loopback, until it is connected. Answers the key. */
  isolate(containerId: string, pid: number): string;
  /** While the container goes on: its default route and its ports move to another of its networks. Safe in every state. */
  leave(endpointId: string): void;
  /** Default route and ports to the network that is to have them now. leave() does it; and whoever finds one that dockerd did not live to the end of. */
  settle(containerId: string): void;
  /** All endpoints of a container that has ended, also when its namespace is gone. */
  leaveAll(containerId: string): void;
  /** The container has another name now: the name server knows it by that. */
  rename(containerId: string, oldName: string, newName: string): void;
  endpoint(endpointId: string): Endpoint | undefined;
  endpointsOf(by: { networkId: string } | { containerId: string }): readonly Endpoint[];

  /**
   * After a start: builds docker0 and the chains, takes up the endpoints of the containers that still run (their
   * addresses, ports and rules), and removes what belongs to no running container. Rules of other people stay.
   */
  reconcile(running: readonly { readonly containerId: string; readonly pid: number }[]): void;

  /** What dockerd writes to the container's files. */
  hostsFile(containerId: string, hostname: string, extraHosts: readonly string[]): string;
  resolvConf(
    containerId: string,
    options: {
      readonly dns?: readonly string[];
      readonly search?: readonly string[];
      readonly options?: readonly string[];
    },
  ): string;
}
