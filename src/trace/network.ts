// Network devices, addresses and firewall tables of every network namespace, caught where the kernel itself tells listeners:
// rtmsg_ifinfo_build_skb (RTM_NEWLINK, RTM_DELLINK), rtmsg_ifa (RTM_NEWADDR, RTM_DELADDR). rtnetlink(7), veth(4)
import type { EventBody } from '../protocol/events.ts';
import type { TraceRecord } from './format.ts';
import { ipv4, ipv6 } from './packet-summary.ts';
import type { Context, Kernel, Probe } from './probe.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;

/** net_device.type of what has a hardware address of six bytes: ARPHRD_ETHER and ARPHRD_LOOPBACK. */
const ETHERNET_LIKE: ReadonlySet<number> = new Set([1, 772]);
/** IFLA_NEW_NETNSID is sent along with a device that leaves for another namespace. */
const netnsOf = (kernel: Kernel, device: string): string => kernel.at(device, 'net_device.nd_net.net', 'net.ns.inum');

const link: Probe = {
  event: 'dd/link',
  define: (kernel) => {
    const device = '$arg2';
    // The first device above this one: a list entry inside struct netdev_adjacent.
    const upper = kernel.at(device, 'net_device.adj_list.upper');
    const inEntry = (member: string): number => kernel.offset(member) - kernel.offset('netdev_adjacent.list');
    const master = `+${kernel.offset('net_device.ifindex')}(${inEntry('netdev_adjacent.dev')}(${upper}))`;
    const peer = `+${kernel.offset('net_device.priv') + kernel.offset('veth_priv.peer')}(${device})`;
    const ops = kernel.at(device, 'net_device.rtnl_link_ops');
    return [
      `p:dd/link rtmsg_ifinfo_build_skb type=$arg1:u32 device=${device}:x32 to_nsid=$arg6:x32`,
      `ifindex=${kernel.at(device, 'net_device.ifindex')}:s32 netns=${netnsOf(kernel, device)}:u32`,
      `flags=${kernel.at(device, 'net_device.flags')}:x32 mtu=${kernel.at(device, 'net_device.mtu')}:u32`,
      `hw=${kernel.at(device, 'net_device.type')}:u16 mac=+0(${kernel.at(device, 'net_device.dev_addr')}):x8[6]`,
      `upper=${upper}:x32 is_master=${inEntry('netdev_adjacent.master')}(${upper}):u8 master=${master}:s32`,
      `peer=${peer}:x32 peer_ifindex=${kernel.at(peer, 'net_device.ifindex')}:s32 peer_netns=${netnsOf(kernel, peer)}:u32`,
      `ops=${ops}:x32 name=${kernel.at(device, 'net_device.name')}:string kind=+0(${kernel.at(ops, 'rtnl_link_ops.kind')}):string`,
    ].join(' ');
  },
  decode: (record, context) => {
    if (record.int('type') === RTM_NEWLINK) return [describe(record, context)];
    if (record.int('type') !== RTM_DELLINK) return [];
    const gone = { netns: record.int('netns'), ifindex: record.int('ifindex'), name: record.text('name') };
    const move = context.moves.get(context.pid);
    if (record.int('to_nsid') !== 0 && move?.ifindex === gone.ifindex) {
      context.moves.delete(context.pid);
      return [{ kind: 'link.move', ...gone, toNetns: move.toNetns }];
    }
    return [{ kind: 'link.delete', ...gone }];
  },
};

function describe(record: TraceRecord, context: Context): EventBody {
  const linkType = record.int('ops') === 0 ? undefined : record.text('kind');
  const device = record.int('device');
  const headOfUppers = device + (context.offsets['net_device.adj_list.upper'] ?? 0);
  const enslaved = record.int('upper') !== headOfUppers && record.int('is_master') === 1;
  const paired = linkType === 'veth' && record.int('peer') !== 0;
  return {
    kind: 'link',
    netns: record.int('netns'),
    ifindex: record.int('ifindex'),
    name: record.text('name'),
    flags: record.int('flags'),
    mtu: record.int('mtu'),
    ...(linkType === undefined ? {} : { linkType }),
    ...(enslaved ? { master: record.int('master') } : {}),
    ...(ETHERNET_LIKE.has(record.int('hw'))
      ? { mac: [...record.array('mac')].map((byte) => byte.toString(16).padStart(2, '0')).join(':') }
      : {}),
    ...(paired ? { peerIfindex: record.int('peer_ifindex'), peerNetns: record.int('peer_netns') } : {}),
  };
}

/** Where a device is going. It can still fail, so this is only remembered until the old namespace is told that it left. */
const move: Probe = {
  event: 'dd/link_move',
  define: (kernel) =>
    `p:dd/link_move __dev_change_net_namespace ifindex=${kernel.at('$arg1', 'net_device.ifindex')}:s32 to=${kernel.at('$arg2', 'net.ns.inum')}:u32`,
  decode: (record, context) => {
    context.moves.set(context.pid, { ifindex: record.int('ifindex'), toNetns: record.int('to') });
    return [];
  },
};

const address: Probe = {
  event: 'dd/address',
  define: (kernel) => {
    const device = kernel.at('$arg2', 'in_ifaddr.ifa_dev', 'in_device.dev');
    return [
      `p:dd/address rtmsg_ifa event=$arg1:u32 address=${kernel.at('$arg2', 'in_ifaddr.ifa_local')}:x8[4]`,
      `prefix=${kernel.at('$arg2', 'in_ifaddr.ifa_prefixlen')}:u8 ifindex=${kernel.at(device, 'net_device.ifindex')}:s32 netns=${netnsOf(kernel, device)}:u32`,
    ].join(' ');
  },
  decode: (record) => addressEvent(record, ipv4(record.array('address'))),
};

const address6: Probe = {
  event: 'dd/address6',
  define: (kernel) => {
    const device = kernel.at('$arg2', 'inet6_ifaddr.idev', 'inet6_dev.dev');
    return [
      `p:dd/address6 __ipv6_ifa_notify event=$arg1:u32 address=${kernel.at('$arg2', 'inet6_ifaddr.addr')}:x8[16]`,
      `prefix=${kernel.at('$arg2', 'inet6_ifaddr.prefix_len')}:u32 ifindex=${kernel.at(device, 'net_device.ifindex')}:s32 netns=${netnsOf(kernel, device)}:u32`,
    ].join(' ');
  },
  decode: (record) => addressEvent(record, ipv6(record.array('address'))),
};

function addressEvent(record: TraceRecord, text: string): readonly EventBody[] {
  const event = record.int('event');
  if (event !== RTM_NEWADDR && event !== RTM_DELADDR) return [];
  const where = { netns: record.int('netns'), ifindex: record.int('ifindex') };
  return [{ kind: 'address', ...where, address: `${text}/${record.int('prefix')}`, removed: event === RTM_DELADDR }];
}

/** iptables replaces a table as a whole; what is in it the page then asks for. Only IPv4's tables (AF_INET). */
const xtables: Probe = {
  event: 'dd/xt_replace',
  define: (kernel) => {
    const netns = kernel.at(kernel.current, 'task_struct.nsproxy', 'nsproxy.net_ns', 'net.ns.inum');
    return `p:dd/xt_replace xt_replace_table af=${kernel.at('$arg1', 'xt_table.af')}:u8 netns=${netns}:u32 table=${kernel.at('$arg1', 'xt_table.name')}:string`;
  },
  filter: 'af == 2',
  decode: (record) => [{ kind: 'xtables.replace', netns: record.int('netns'), table: record.text('table') }],
};

export const networkProbes: readonly Probe[] = [link, move, address, address6, xtables];
