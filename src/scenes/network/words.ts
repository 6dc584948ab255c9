// What the network scene says: packets with the devices that they visited and what NAT did to them, published ports.
import type { DnsSummary, PacketSummary } from '../../protocol/events.ts';
import type { Link, PacketTrace, World } from '../../sim/world.ts';
import { containerOfNetns } from '../../sim/world.ts';
import { networkOf, planOf } from './plan.ts';

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
  const devices = trace.hops
    .map((hop) => hop.device)
    .filter((device, i, all) => device !== '' && device !== all[i - 1]);
  const flags = first.packet.flags ? ` ${first.packet.flags}` : '';
  const dns = dnsOf(trace);
  const told = `${dns ? `, DNS ${dns.kind} ${dnsInWords(dns)}` : ''}${trace.drop ? `, ${dropInWords(trace)} by the firewall` : ''}`;
  return `${first.packet.protocol}${flags} ${ends(first.packet)}${nat ? ` ⇒ ${nat.after}` : ''}${devices.length > 0 ? ` via ${devices.join(' › ')}` : ''}${told}`;
}

/** What a packet asks a name server or answers, as far as any of its hops tells. */
export function dnsOf(trace: PacketTrace): DnsSummary | undefined {
  return trace.hops.findLast((hop) => hop.packet.dns)?.packet.dns;
}

/** `db?`, `db = 172.18.0.2`, `nosuch: no such name`. */
export function dnsInWords({ kind, name, type, rcode, answers, address }: DnsSummary): string {
  const asked = type === undefined || type === 'A' ? name : `${name} ${type}`;
  if (kind === 'question') return `${asked}?`;
  if (rcode === 3) return `${asked}: no such name`;
  if (rcode !== 0) return `${asked}: the server cannot tell`;
  if (address !== undefined) return `${asked} = ${address}${(answers ?? 1) > 1 ? ' …' : ''}`;
  return answers ? `${asked}: ${answers} ${answers === 1 ? 'answer' : 'answers'}` : `${asked}: no such record`;
}

/** `dropped in FORWARD on the way to docker0`. */
export function dropInWords({ drop }: PacketTrace): string {
  if (!drop) return '';
  const towards =
    drop.hook === 'INPUT' ? ' on the way into the VM' : drop.outDevice ? ` on the way to ${drop.outDevice}` : '';
  return `dropped in ${drop.hook}${towards}`;
}

/**
 * The first DROP rule of the VM's filter table whose devices are the packet's. The kernel does not say which rule it was:
 * a rule that also asks for addresses or states is left out.
 */
export function droppingRule(world: World, drop: { device: string; outDevice?: string }): string | undefined {
  const rules = world.rules.get(`${world.hostNs.net ?? 0}/filter`) ?? [];
  const fits = (text: string, option: '-i' | '-o', device: string): boolean => {
    const [, not, wanted] = new RegExp(`(! )?${option} (\\S+)`).exec(text) ?? [];
    return wanted === undefined || (wanted === device) === (not === undefined);
  };
  return rules.find(
    ({ text }) =>
      text.endsWith('-j DROP') &&
      !/ -[sdpm] /.test(text) &&
      fits(text, '-i', drop.device) &&
      fits(text, '-o', drop.outDevice ?? ''),
  )?.text;
}

/** IPv6's own chatter (router and neighbour solicitations) would hide what somebody sends. */
export function toldPackets(world: World): PacketTrace[] {
  return world.packets.filter((trace) => trace.hops[0]?.packet.protocol !== 'ipv6');
}

const LIST_MAX = 6;

/** A line of the list of packets: the newest of its kind, and how many more that line stands for. */
export interface ListedPacket {
  readonly trace: PacketTrace;
  readonly more: number;
}

/**
 * The last packets, newest first, as picture and twin list them. What machines say to each other beside what was asked takes
 * little room: ARP has one line, and who asks for a name's IPv6 address besides its IPv4 address is told of the latter.
 */
export function listedPackets(world: World): ListedPacket[] {
  const told = toldPackets(world);
  const names = new Set(told.map((trace) => dnsOf(trace)).flatMap((dns) => (dns?.type === 'A' ? [dns.name] : [])));
  const arps = told.filter(isArp).length;
  const list: ListedPacket[] = [];
  for (const trace of told.toReversed()) {
    if (list.length === LIST_MAX) break;
    const dns = dnsOf(trace);
    if (dns?.type === 'AAAA' && names.has(dns.name)) continue;
    if (!isArp(trace)) list.push({ trace, more: 0 });
    else if (!list.some((line) => isArp(line.trace))) list.push({ trace, more: arps - 1 });
  }
  return list;
}

const isArp = ({ hops }: PacketTrace): boolean => hops[0]?.packet.protocol === 'arp';

/** The packet that came in by this door last. */
function lastThrough(world: World, door: Door): PacketTrace | undefined {
  return world.packets.findLast(({ hops }) => {
    const [first, last] = [hops[0]?.packet, hops.at(-1)?.packet];
    return (
      first?.protocol === door.protocol &&
      first.destinationPort === door.port &&
      last !== undefined &&
      `${last.destination}:${last.destinationPort}` === door.destination
    );
  });
}

/** A line a namespace and a published port, then the last packets. */
export function describe(world: World): string[] {
  const { inner, here, hosted, links } = planOf(world, 1000);
  const deviceWords = (link: Link): string => {
    const network = link.linkType === 'bridge' ? networkOf(world, link) : undefined;
    const named = network === undefined || network === 'bridge' ? link.name : `${link.name} of network ${network}`;
    return `${named}${link.addresses.length > 0 ? ` ${link.addresses.join(' ')}` : ''}${link.up ? '' : ' (down)'}`;
  };
  const lines = here.length > 0 ? [`The VM: ${here.map(deviceWords).join(', ')}.`] : [];
  for (const netns of inner) {
    const name = world.containers.get(containerOfNetns(world, netns) ?? '')?.name ?? `Namespace ${netns}`;
    const devices = links.filter((link) => link.netns === netns && link.name !== 'lo').map(deviceWords);
    lines.push(`${name}: ${devices.length > 0 ? devices.join(', ') : 'no device but lo, no way in or out'}.`);
  }
  const shared = hosted.map((container) => `${container.name}: the VM’s own network, none of its own.`);
  const doors = publishedDoors(world).flatMap((door) => {
    const last = lastThrough(world, door);
    const leads = `Port ${door.port} leads to ${door.destination}.`;
    return last ? [leads, `Through port ${door.port} came last: ${describePacket(last)}.`] : [leads];
  });
  const packets = listedPackets(world).map(
    ({ trace, more }) => `Packet ${describePacket(trace)}${more > 0 ? `, and ${more} more` : ''}.`,
  );
  return [...lines, ...shared, ...doors, ...packets];
}
