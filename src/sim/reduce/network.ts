// Network devices, addresses, firewall tables and packets. A device's identity outlives its move to another namespace,
// so that a scene can let it travel through the wall.
import type { DropEvent, EventHead, LinkEvent, PacketEvent } from '../../protocol/events.ts';
import { append, put } from '../collections.ts';
import type { Link, PacketHop, PacketTrace, World } from '../world.ts';

const IFF_UP = 1;
/** How many packets the World remembers. */
const PACKET_LIMIT = 80;
/** Two hops of one skb further apart than this are two packets: the kernel uses the memory again. */
const SAME_PACKET_NS = 50e6;

/** The key of a device in `World.links`. */
export function linkKey(netns: number, ifindex: number): string {
  return `${netns}/${ifindex}`;
}

/** Fold one event about devices, addresses or firewall tables. */
export function reduceLink(world: World, event: EventHead & LinkEvent): World {
  switch (event.kind) {
    case 'link': {
      const key = linkKey(event.netns, event.ifindex);
      const before = world.links.get(key);
      const link: Link = {
        ...before,
        key,
        identity: before?.identity ?? event.seq,
        netns: event.netns,
        ifindex: event.ifindex,
        name: event.name,
        up: (event.flags & IFF_UP) !== 0,
        linkType: event.linkType ?? before?.linkType ?? guessType(event.name),
        ...(event.mac === undefined ? {} : { mac: event.mac }),
        ...(event.mtu === undefined ? {} : { mtu: event.mtu }),
        ...(event.peerIfindex === undefined || event.peerIfindex === 0
          ? {}
          : {
              peer: {
                ifindex: event.peerIfindex,
                ...(event.peerNetns === undefined ? {} : { netns: event.peerNetns }),
              },
            }),
        addresses: before?.addresses ?? [],
        seq: before?.seq ?? event.seq,
      };
      const { master: _freed, ...alone } = link;
      const mastered =
        event.master === undefined ? link : event.master === 0 ? alone : { ...link, master: event.master };
      return { ...world, links: put(world.links, key, mastered) };
    }
    case 'link.delete':
      return withoutLink(world, linkKey(event.netns, event.ifindex), event.name);
    case 'link.move': {
      const from = linkKey(event.netns, event.ifindex);
      const link = world.links.get(from);
      if (!link) return world;
      const ifindex = event.toIfindex ?? event.ifindex;
      const to = linkKey(event.toNetns, ifindex);
      const links = new Map(world.links);
      links.delete(from);
      const { master: _left, ...moved } = link;
      links.set(to, { ...moved, key: to, netns: event.toNetns, ifindex, addresses: [], up: false });
      for (const other of links.values())
        if (other.peer && other.key !== to && isPeer(other, link))
          links.set(other.key, { ...other, peer: { netns: event.toNetns, ifindex } });
      return { ...world, links };
    }
    case 'address': {
      const key = linkKey(event.netns, event.ifindex);
      const link = world.links.get(key);
      if (!link) return world;
      const others = link.addresses.filter((address) => address !== event.address);
      return {
        ...world,
        links: put(world.links, key, { ...link, addresses: event.removed ? others : [...others, event.address] }),
      };
    }
    case 'xtables.rules':
      return { ...world, rules: put(world.rules, `${event.netns}/${event.table}`, event.rules) };
    case 'xtables.replace':
      return world;
  }
}

/** Is `link` the other end of the veth `end`? */
function isPeer(end: Link, link: Link): boolean {
  return end.peer !== undefined && end.peer.ifindex === link.ifindex && (end.peer.netns ?? end.netns) === link.netns;
}

/** The other end of a veth pair, or undefined. */
export function peerOf(world: World, link: Link): Link | undefined {
  if (link.peer) {
    const named = world.links.get(linkKey(link.peer.netns ?? link.netns, link.peer.ifindex));
    if (named) return named;
  }
  for (const other of world.links.values()) if (other.key !== link.key && isPeer(other, link)) return other;
  return undefined;
}

function withoutLink(world: World, key: string, name: string): World {
  const link = world.links.get(key);
  if (!link || link.name !== name) return world;
  const links = new Map(world.links);
  links.delete(key);
  for (const other of links.values())
    if (other.master === link.ifindex && other.netns === link.netns) {
      const { master: _gone, ...alone } = other;
      links.set(other.key, alone);
    }
  return { ...world, links };
}

function guessType(name: string): string {
  if (name === 'lo') return 'loopback';
  if (name === 'docker0' || name.startsWith('br-')) return 'bridge';
  return name.startsWith('veth') ? 'veth' : 'ether';
}

/** Fold one hop of a packet into the packet that it belongs to. */
export function reducePacket(world: World, event: EventHead & PacketEvent): World {
  const hop: PacketHop = {
    seq: event.seq,
    timeNs: event.timeNs,
    netns: event.netns,
    ifindex: event.ifindex,
    device: event.device,
    direction: event.direction,
    length: event.length,
    header: event.header,
    packet: event.packet,
  };
  const index = world.packets.findLastIndex((trace) => trace.skb === event.skb && continues(trace, hop));
  const known = world.packets[index];
  const trace: PacketTrace = known
    ? { ...known, hops: [...known.hops, hop] }
    : { seq: event.seq, skb: event.skb, hops: [hop] };
  const packets = known ? world.packets.with(index, trace) : [...world.packets, trace];
  return { ...world, packets: packets.length > PACKET_LIMIT ? packets.slice(-PACKET_LIMIT) : packets };
}

/** Fold a packet's end into the packet; one that no device has seen yet begins and ends here. */
export function reduceDrop(world: World, event: EventHead & DropEvent): World {
  const drop = {
    seq: event.seq,
    timeNs: event.timeNs,
    reason: event.reason,
    hook: event.hook,
    ...(event.outDevice ? { outDevice: event.outDevice } : {}),
  };
  const index = world.packets.findLastIndex(
    ({ skb, hops, drop: gone }) =>
      skb === event.skb && !gone && event.timeNs - (hops.at(-1)?.timeNs ?? 0) < SAME_PACKET_NS,
  );
  const known = world.packets[index];
  if (known) return { ...world, packets: world.packets.with(index, { ...known, drop }) };
  const { netns, ifindex, device, length, header, packet } = event;
  const hop: PacketHop = {
    seq: event.seq,
    timeNs: event.timeNs,
    netns,
    ifindex,
    device,
    direction: event.hook === 'OUTPUT' ? 'tx' : 'rx',
    length,
    header,
    packet,
  };
  return {
    ...world,
    packets: append(world.packets, { seq: event.seq, skb: event.skb, hops: [hop], drop }, PACKET_LIMIT),
  };
}

/**
 * NAT changes addresses and ports on the way, so time, protocol and the TCP numbers tie the hops. A packet passes a device
 * once in each direction: the same again is the next packet in the same memory.
 */
function continues(trace: PacketTrace, hop: PacketHop): boolean {
  const last = trace.hops.at(-1);
  return (
    last !== undefined &&
    trace.drop === undefined &&
    hop.timeNs - last.timeNs < SAME_PACKET_NS &&
    last.packet.protocol === hop.packet.protocol &&
    last.packet.sequence === hop.packet.sequence &&
    last.packet.acknowledgement === hop.packet.acknowledgement &&
    last.packet.flags === hop.packet.flags &&
    !trace.hops.some(
      ({ netns, ifindex, direction }) => netns === hop.netns && ifindex === hop.ifindex && direction === hop.direction,
    )
  );
}
