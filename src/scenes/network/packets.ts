// Packets in the network scene: those of the last moment stand at the device that the kernel saw them at last, with the
// way that they came; the last ones are listed below.
import type { PacketTrace, World } from '../../sim/world.ts';
import type { Figure } from '../kit/figure.ts';
import { MARGIN, type Plan, type Spot } from './plan.ts';
import {
  describePacket,
  dnsInWords,
  dnsOf,
  dropInWords,
  flagsInWords,
  listedPackets,
  packetEnds,
  pathOf,
  toldPackets,
} from './words.ts';

const LIST_ROW = 20;
const IN_FLIGHT_NS = 1.5e9;
/** What is dropped, and what is asked and answered, stands longer: it is read. */
const READ_NS = 4e9;
const IN_FLIGHT_MAX = 4;

export function flight(plan: Plan): void {
  const { world, spots, figures } = plan;
  const recent = toldPackets(world)
    .filter((trace) => world.timeNs - endNs(trace) < standsFor(trace))
    .slice(-IN_FLIGHT_MAX)
    // Where one was thrown away is said for the newest only.
    .filter((trace, i, all) => !trace.drop || i === all.length - 1);
  recent.forEach((trace, i) => {
    const stations = trace.hops
      .map((hop) => spots.get(`${hop.netns}/${hop.ifindex}`))
      .filter((spot) => spot !== undefined)
      .map((spot): Spot => spot.mark ?? spot);
    const end = trace.drop && dropSpot(plan, trace, stations.at(-1));
    if (end) stations.push(end);
    const at = stations.at(-1);
    if (!at) return;
    const isNewest = i === recent.length - 1;
    if (isNewest && stations.length > 1) figures.push(trail(trace, stations));
    figures.push(mark(trace, at, stations[0], isNewest, plan.width));
  });
}

const endNs = (trace: PacketTrace): number => trace.drop?.timeNs ?? trace.hops.at(-1)?.timeNs ?? 0;
const standsFor = (trace: PacketTrace): number => (trace.drop || dnsOf(trace) ? READ_NS : IN_FLIGHT_NS);

/** Where a packet was thrown away: between the device that it came in by and the one that it was to leave by. */
function dropSpot({ here, spots }: Plan, trace: PacketTrace, last: Spot | undefined): Spot | undefined {
  const out = here.find((link) => link.name === trace.drop?.outDevice);
  const to = out && spots.get(out.key);
  if (!last) return to && { x: to.x, y: to.y - 38 };
  if (!to) return { x: last.x, y: last.y + 34 };
  return { x: (last.x + to.x) / 2, y: Math.max(last.y, to.y) + 30 };
}

function trail(trace: PacketTrace, stations: readonly Spot[]): Figure {
  return {
    key: `trail:${trace.seq}`,
    sign: 'cable',
    x: 0,
    y: 0,
    w: 0,
    h: 0,
    points: stations.map(({ x, y }) => [x, y] as const),
    look: `trail ${trace.drop ? 'dropped' : ''}`,
  };
}

function mark(trace: PacketTrace, at: Spot, from: Spot | undefined, isNewest: boolean, width: number): Figure {
  // Marks that stand on one spot share it; only the newest says its name.
  const title = isNewest ? labelOf(trace) : '';
  const wide = title.length * 7.4;
  // Inside the plug where that has room, so that the words do not lie on the next one's.
  const isInside = (at.free ?? 0) > wide;
  const isLeft = isInside || at.x + 20 + wide > width;
  const away = isInside ? '' : (at.away ?? '');
  const last = trace.hops.at(-1);
  return {
    key: `packet:${trace.seq}`,
    sign: 'packet',
    x: at.x,
    y: at.y,
    w: 80,
    h: 12,
    title,
    look: `${last?.direction ?? ''} ${last?.packet.protocol ?? 'other'} ${trace.drop ? 'dropped' : ''} ${isLeft ? 'leftwards' : ''} ${away}`,
    opens: trace.drop?.seq ?? last?.seq ?? trace.seq,
    says: describePacket(trace),
    ...(from ? { from } : {}),
  };
}

/** `tcp SYN :80`, `DNS db?`, `icmp ✕ dropped in FORWARD`. */
function labelOf(trace: PacketTrace): string {
  const { protocol = 'other', flags, destinationPort } = trace.hops.at(-1)?.packet ?? {};
  if (trace.drop) return `${protocol} dropped in ${trace.drop.hook}`;
  const dns = dnsOf(trace);
  if (dns) return `DNS ${dnsInWords(dns)}`;
  const port = destinationPort === undefined ? '' : ` :${destinationPort}`;
  return `${protocol}${flags ? ` ${flagsInWords(flags)}` : ''}${port}`;
}

/** The last packets as lines, newest first; a click opens one's headers. */
export function packetList(plan: Plan, top: number): void {
  const list = listedPackets(plan.world);
  if (list.length === 0) return;
  const w = plan.width - 2 * MARGIN;
  plan.figures.push({
    key: 'packets:title',
    sign: 'text',
    x: MARGIN,
    y: top,
    w,
    h: 16,
    title: 'Last packets',
    detail: 'newest first; click one for its headers',
    look: 'large',
  });
  list.forEach(({ trace, more }, i) => {
    const { protocol = '', flags } = trace.hops[0]?.packet ?? {};
    const dns = dnsOf(trace);
    const kind = dns ? 'dns' : `${protocol}${flags ? ` ${flagsInWords(flags)}` : ''}`;
    const told = dns ? `  ${dnsInWords(dns)}` : '';
    const title = `${kind.padEnd(11)} ${packetEnds(trace)}${told}${trace.drop ? `  ✕ ${dropInWords(trace)}` : ''}${more > 0 ? `  and ${more} more` : ''}`;
    const way = pathOf(trace);
    const devices = way.split(' › ').length;
    const fits = (words: string): boolean => (title.length + words.length + 3) * 7.2 < w;
    const count = devices > 1 ? `${devices} devices` : '';
    plan.figures.push({
      key: `packet-line:${trace.seq}`,
      sign: 'text',
      x: MARGIN,
      y: top + 26 + i * LIST_ROW,
      w,
      h: 16,
      title,
      detail: [way, count].find(fits) ?? '',
      look: trace.drop ? 'line dropped' : 'line',
      opens: trace.drop?.seq ?? trace.hops.at(-1)?.seq ?? trace.seq,
      says: describePacket(trace),
    });
  });
}

/** Height of the list with its title. */
export function listHeight(world: World): number {
  const count = listedPackets(world).length;
  return count > 0 ? 26 + count * LIST_ROW + 12 : 0;
}
