// What the network scene says: packets with the devices that they visited and what NAT did to them, published ports.
import type { PacketSummary } from '../../protocol/events.ts';
import type { PacketTrace, World } from '../../sim/world.ts';
import { containerOfNetns } from '../../sim/world.ts';

/** A published port, read off the kernel's nat table. */
export interface Door {
  readonly port: number;
  readonly protocol: string;
  readonly destination: string;
  readonly rule: string;
  readonly packets: number;
}

/** DNAT rules of the VM's own nat table. */
export function publishedDoors(world: World): Door[] {
  const rules = world.rules.get(`${world.hostNs.net ?? 0}/nat`) ?? [];
  const doors: Door[] = [];
  for (const rule of rules) {
    const port = /--dport (\d+)/.exec(rule.text)?.[1];
    const destination = /--to-destination (\S+)/.exec(rule.text)?.[1];
    if (port === undefined || destination === undefined || !rule.text.includes('-j DNAT')) continue;
    doors.push({
      port: Number(port),
      destination,
      protocol: /-p (\w+)/.exec(rule.text)?.[1] ?? 'tcp',
      rule: rule.text,
      packets: rule.packets,
    });
  }
  return doors;
}

const end = (address: string, port: number | undefined): string =>
  port === undefined ? address : `${address}:${port}`;
const ends = (packet: PacketSummary): string =>
  `${end(packet.source, packet.sourcePort)} → ${end(packet.destination, packet.destinationPort)}`;

/** `SA` is what TCP's headers say; students read `SYN ACK`. */
export function flagsInWords(flags: string): string {
  const names: Readonly<Record<string, string>> = { S: 'SYN', A: 'ACK', F: 'FIN', R: 'RST', P: 'PSH', U: 'URG' };
  return [...flags].map((flag) => names[flag] ?? flag).join(' ');
}

/** What NAT made of a packet on its way, or undefined. */
export function natOf(trace: PacketTrace): { before: string; after: string } | undefined {
  const [first, last] = [trace.hops[0], trace.hops.at(-1)];
  if (!first || !last) return undefined;
  const [before, after] = [ends(first.packet), ends(last.packet)];
  return before === after ? undefined : { before, after };
}

/** `10.0.2.2:40000 → 10.0.2.15:8080 ⇒ 172.17.0.2:80`: what stands after ⇒ is what NAT made of the end before it. */
export function packetEnds(trace: PacketTrace): string {
  const [first, last] = [trace.hops[0]?.packet, trace.hops.at(-1)?.packet];
  if (!first || !last) return '';
  const [source, destination] = [end(first.source, first.sourcePort), end(first.destination, first.destinationPort)];
  const [sourceNow, destinationNow] = [end(last.source, last.sourcePort), end(last.destination, last.destinationPort)];
  if (source === sourceNow && destination === destinationNow) return `${source} → ${destination}`;
  if (source === sourceNow) return `${source} → ${destination} ⇒ ${destinationNow}`;
  return `${source} → ${destination} ⇒ from ${sourceNow}${destination === destinationNow ? '' : ` to ${destinationNow}`}`;
}

/** `eth0 › docker0 › veth1 › eth0`: the devices in the order in which the packet visited them. */
export function pathOf(trace: PacketTrace): string {
  const devices = trace.hops.map((hop) => hop.device).filter((device, i, all) => device !== all[i - 1]);
  return devices.map((device) => device.replace(/^(veth[0-9a-f]{3})[0-9a-f]{4,}$/, '$1…')).join(' › ');
}

/** `tcp S 10.0.2.2:40000 → 10.0.2.15:8080 ⇒ 172.17.0.2:80 via eth0 › docker0 › veth1 › eth0`. */
export function describePacket(trace: PacketTrace): string {
  const [first] = trace.hops;
  if (!first) return '';
  const nat = natOf(trace);
  const devices = trace.hops.map((hop) => hop.device).filter((device, i, all) => device !== all[i - 1]);
  const flags = first.packet.flags ? ` ${first.packet.flags}` : '';
  return `${first.packet.protocol}${flags} ${ends(first.packet)}${nat ? ` ⇒ ${nat.after}` : ''} via ${devices.join(' › ')}`;
}

/** IPv6's own chatter (router and neighbour solicitations) would hide what somebody sends. */
export function toldPackets(world: World): PacketTrace[] {
  return world.packets.filter((trace) => trace.hops[0]?.packet.protocol !== 'ipv6');
}

/** A line a namespace and a published port, then the last packets. */
export function describe(world: World): string[] {
  const spaces = new Map<number, string[]>();
  for (const link of world.links.values()) {
    if (link.name === 'lo') continue;
    const list = spaces.get(link.netns) ?? [];
    list.push(
      `${link.name}${link.addresses.length > 0 ? ` ${link.addresses.join(' ')}` : ''}${link.up ? '' : ' (down)'}`,
    );
    spaces.set(link.netns, list);
  }
  const lines = [...spaces].map(([netns, devices]) => {
    const container = world.containers.get(containerOfNetns(world, netns) ?? '');
    const name = netns === world.hostNs.net ? 'The VM' : (container?.name ?? `Namespace ${netns}`);
    return `${name}: ${devices.join(', ')}.`;
  });
  const doors = publishedDoors(world).map((door) => `Port ${door.port} leads to ${door.destination}.`);
  const packets = toldPackets(world)
    .slice(-3)
    .map((trace) => `Packet ${describePacket(trace)}.`);
  return [...lines, ...doors, ...packets];
}
