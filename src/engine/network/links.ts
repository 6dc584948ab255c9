// The devices of a container's network: a bridge (a switch), a veth pair (a cable with two ends), addresses and routes.
// bridge(8), veth(4), ip-link(8), ip-address(8), ip-route(8)
import * as sys from '../sys/index.ts';
import { broadcastOf, macBytes, type Subnet } from './address.ts';
import { attributes, Batch, NetlinkError, NLM_F, RTM, type RouteSocket } from './netlink.ts';

const IFLA = { ADDRESS: 1, IFNAME: 3, MTU: 4, MASTER: 10, LINKINFO: 18, NET_NS_FD: 28 } as const;
const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
const VETH_INFO_PEER = 1;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const RTA = { OIF: 4, GATEWAY: 5 } as const;
const IFF_UP = 1;
const AF_INET = 2;
/** It is the first device of every namespace. */
const LOOPBACK_INDEX = 1;
const NEW = NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof NetlinkError && codes.includes(error.code);

/** `ip link add NAME type bridge`, with its address, up. An existing one is taken over. */
export function ensureBridge(
  route: RouteSocket,
  name: string,
  mac: string,
  subnet: Subnet,
  gateway: number,
  mtu: number,
): void {
  if (route.indexOf(name) === 0) {
    const batch = new Batch().request(`add bridge ${name}`, RTM.NEWLINK, NEW).link(0).text(IFLA.IFNAME, name);
    batch.bytes(IFLA.ADDRESS, macBytes(mac)).number(IFLA.MTU, mtu);
    batch.nest(IFLA.LINKINFO, () => batch.text(IFLA_INFO.KIND, 'bridge'));
    route.send(batch);
  }
  const index = route.indexOf(name);
  try {
    route.send(addAddress(new Batch(), index, gateway, subnet));
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  route.send(setUp(new Batch(), name, index));
}

/** `ip link set NAME up` */
const setUp = (batch: Batch, name: string, index: number): Batch =>
  batch.request(`set ${name} up`, RTM.SETLINK, NLM_F.ACK).link(index, IFF_UP);

/** `ip address add ADDRESS/LENGTH broadcast + dev INDEX` */
function addAddress(batch: Batch, index: number, address: number, subnet: Subnet): Batch {
  batch.request('add address', RTM.NEWADDR, NEW).u8(AF_INET).u8(subnet.prefixLength).u8(0).u8(0).u32(index);
  return batch.address(IFA.LOCAL, address).address(IFA.ADDRESS, address).address(IFA.BROADCAST, broadcastOf(subnet));
}

export interface VethPlan {
  /** The end on the bridge, and the other end's name until it is in the container. */
  readonly hostName: string;
  readonly peerName: string;
  readonly bridge: string;
  readonly mac: string;
  readonly mtu: number;
}

/** A veth pair with one end plugged into the bridge; the other lies ready. Three requests, one system call. */
export function addVeth(route: RouteSocket, plan: VethPlan): void {
  const bridge = route.indexOf(plan.bridge);
  const batch = new Batch();
  // 1. ip link add HOST type veth peer name PEER address MAC
  batch
    .request(`add veth ${plan.hostName}`, RTM.NEWLINK, NEW)
    .link(0)
    .text(IFLA.IFNAME, plan.hostName)
    .number(IFLA.MTU, plan.mtu);
  batch.nest(IFLA.LINKINFO, () => {
    batch.text(IFLA_INFO.KIND, 'veth');
    batch.nest(IFLA_INFO.DATA, () =>
      batch.nest(VETH_INFO_PEER, () => {
        batch
          .link(0)
          .text(IFLA.IFNAME, plan.peerName)
          .number(IFLA.MTU, plan.mtu)
          .bytes(IFLA.ADDRESS, macBytes(plan.mac));
      }),
    );
  });
  // 2. ip link set HOST master BRIDGE
  batch
    .request(`set ${plan.hostName} master ${plan.bridge}`, RTM.SETLINK, NLM_F.ACK)
    .link(0)
    .text(IFLA.IFNAME, plan.hostName);
  batch.number(IFLA.MASTER, bridge);
  // 3. ip link set HOST up
  batch.request(`set ${plan.hostName} up`, RTM.SETLINK, NLM_F.ACK).link(0, IFF_UP).text(IFLA.IFNAME, plan.hostName);
  route.send(batch);
}

/** `ip link set PEER netns … name eth0`: the end leaves our namespace and appears in the container's, under its new name. */
export function moveLink(route: RouteSocket, name: string, netnsFd: number, newName: string): void {
  const batch = new Batch().request(`move ${name}`, RTM.SETLINK, NLM_F.ACK).link(route.indexOf(name));
  route.send(batch.number(IFLA.NET_NS_FD, netnsFd).text(IFLA.IFNAME, newName));
}

export interface InsidePlan {
  /** The first interface of its namespace: the loopback device is still down. */
  readonly first: boolean;
  readonly ifname: string;
  readonly address: number;
  readonly subnet: Subnet;
  /** Absent: no default route by this interface. */
  readonly gateway?: number;
}

/** Inside the container's namespace (`route` was made there): address, up, default route. */
export function configureInside(route: RouteSocket, plan: InsidePlan): void {
  const index = route.indexOf(plan.ifname);
  const batch = plan.first ? setUp(new Batch(), 'lo', LOOPBACK_INDEX) : new Batch();
  addAddress(batch, index, plan.address, plan.subnet);
  setUp(batch, plan.ifname, index);
  if (plan.gateway !== undefined) addDefaultRoute(batch, plan.gateway, index);
  route.send(batch);
}

/** `ip route replace default via GATEWAY dev INDEX` */
function addDefaultRoute(batch: Batch, gateway: number, index: number): void {
  // struct rtmsg: destination 0.0.0.0/0, table main (254), protocol boot (3), scope universe, unicast (1).
  batch.request('add default route', RTM.NEWROUTE, NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE);
  batch.u8(AF_INET).u8(0).u8(0).u8(0).u8(254).u8(3).u8(0).u8(1).u32(0);
  batch.address(RTA.GATEWAY, gateway).number(RTA.OIF, index);
}

/** Inside the container's namespace: its way to the world is by another of its interfaces from now on. */
export function moveDefaultRoute(route: RouteSocket, gateway: number, ifname: string): void {
  const batch = new Batch();
  addDefaultRoute(batch, gateway, route.indexOf(ifname));
  route.send(batch);
}

/** A new network namespace has a loopback device, but it is down. */
export function loopbackUp(route: RouteSocket): void {
  route.send(setUp(new Batch(), 'lo', LOOPBACK_INDEX));
}

/** `ip link delete NAME`: a veth's other end goes with it, wherever it is. False if there was none. */
export function deleteLink(route: RouteSocket, name: string): boolean {
  try {
    route.send(new Batch().request(`delete ${name}`, RTM.DELLINK, NLM_F.ACK).link(0).text(IFLA.IFNAME, name));
    return true;
  } catch (error) {
    if (isCode(error, 'ENODEV')) return false;
    throw error;
  }
}

/** Names of the devices in this namespace. */
export function listLinks(route: RouteSocket): string[] {
  const names: string[] = [];
  route.dump(new Batch().request('list links', RTM.GETLINK, NLM_F.DUMP).link(0), (_type, view, at, end) => {
    const name = attributes(view, at + 16, end).get(IFLA.IFNAME);
    if (name) names.push(sys.utf8Decode(new Uint8Array(view.buffer, view.byteOffset + name.at, name.length - 1)));
  });
  return names;
}

/** The next name for an interface in a container that has these. */
export function freeIfname(taken: readonly (string | undefined)[]): string {
  let n = 0;
  while (taken.includes(`eth${n}`)) n++;
  return `eth${n}`;
}
