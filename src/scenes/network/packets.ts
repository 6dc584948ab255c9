// Packets in the network scene: those of the last moment stand at the device that the kernel saw them at last, with the
// way that they came; the last ones are listed below.
import type { PacketTrace, World } from '../../sim/world.ts';
import type { Figure } from '../kit/figure.ts';
import { MARGIN, type Plan, type Spot } from './plan.ts';
import { describePacket, flagsInWords, packetEnds, pathOf, toldPackets } from './words.ts';

export const LIST_ROW = 20;
export const LIST_MAX = 6;
const IN_FLIGHT_NS = 1.5e9;
const IN_FLIGHT_MAX = 4;

export function flight(plan: Plan): void {
  const { world, spots, figures } = plan;
  const recent = toldPackets(world)
    .filter((trace) => world.timeNs - (trace.hops.at(-1)?.timeNs ?? 0) < IN_FLIGHT_NS)
    .slice(-IN_FLIGHT_MAX);
  recent.forEach((trace, i) => {
    const stations = trace.hops
      .map((hop) => spots.get(`${hop.netns}/${hop.ifindex}`))
      .filter((spot) => spot !== undefined);
    const last = trace.hops.at(-1);
    const at = stations.at(-1);
    if (!last || !at) return;
    const isNewest = i === recent.length - 1;
    if (isNewest && stations.length > 1) figures.push(trail(trace, stations));
    figures.push(mark(trace, at, stations[0], isNewest));
  });
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
    look: 'trail',
  };
}

function mark(trace: PacketTrace, at: Spot, from: Spot | undefined, isNewest: boolean): Figure {
  const last = trace.hops.at(-1);
  const { protocol = 'other', flags, destinationPort } = last?.packet ?? {};
  const port = destinationPort === undefined ? '' : ` :${destinationPort}`;
  return {
    key: `packet:${trace.seq}`,
    sign: 'packet',
    x: at.x,
    y: at.y,
    w: 80,
    h: 12,
    // Marks that stand on one spot share it; only the newest says its name.
    title: isNewest ? `${protocol}${flags ? ` ${flagsInWords(flags)}` : ''}${port}` : '',
    look: `${last?.direction ?? ''} ${protocol}`,
    opens: last?.seq ?? trace.seq,
    says: describePacket(trace),
    ...(from ? { from } : {}),
  };
}

/** The last packets as lines, newest first; a click opens one's headers. */
export function packetList(plan: Plan, top: number): void {
  const list = toldPackets(plan.world).slice(-LIST_MAX).reverse();
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
  list.forEach((trace, i) => {
    const { protocol = '', flags } = trace.hops[0]?.packet ?? {};
    const title = `${`${protocol}${flags ? ` ${flagsInWords(flags)}` : ''}`.padEnd(11)} ${packetEnds(trace)}`;
    const way = pathOf(trace);
    const devices = way.split(' › ').length;
    const fits = (title.length + way.length + 3) * 7.2 < w;
    plan.figures.push({
      key: `packet-line:${i}`,
      sign: 'text',
      x: MARGIN,
      y: top + 26 + i * LIST_ROW,
      w,
      h: 16,
      title,
      detail: fits ? way : devices > 1 ? `${devices} devices` : '',
      look: 'line',
      opens: trace.hops.at(-1)?.seq ?? trace.seq,
      says: describePacket(trace),
    });
  });
}

/** Height of the list with its title. */
export function listHeight(world: World): number {
  const count = Math.min(LIST_MAX, toldPackets(world).length);
  return count > 0 ? 26 + count * LIST_ROW + 12 : 0;
}
