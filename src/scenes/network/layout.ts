// Network: the VM's own devices at the foot (eth0 in the outer wall, bridges), a room for every network namespace above,
// cables for veth pairs, doors for published ports. A packet stands at the device that the kernel saw it at last, so it
// travels as it travelled.
import type { Container, Link, PacketTrace, World } from '../../sim/world.ts';
import { containerOfNetns } from '../../sim/world.ts';
import { peerOf } from '../../sim/reduce/network.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';
import { describePacket, natOf, publishedDoors, type Door } from './words.ts';

const MARGIN = 20;
const PLUG_W = 138;
const PLUG_H = 40;
const LIST_ROW = 20;
const LIST_MAX = 6;

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Devices worth drawing: lo is in every namespace and says nothing until something uses it. */
function shown(world: World): Link[] {
  return [...world.links.values()].filter(
    (link) => link.name !== 'lo' && !/^(sit|tunl|ip6tnl|gre|erspan)/.test(link.name),
  );
}

/** The picture of all network namespaces. */
export function layout(world: World, width: number, height: number): Picture {
  const links = shown(world);
  if (links.length === 0)
    return emptyPicture(
      'The machine’s network appears as soon as it runs.',
      'docker run -d -p 8080:80 nginx',
      width,
      height,
    );
  const host = world.hostNs.net;
  const figures: Figure[] = [];
  const spots = new Map<string, Spot>();
  const listHeight = world.packets.length > 0 ? 30 + Math.min(LIST_MAX, world.packets.length) * LIST_ROW : 0;
  const inner = [...new Set(links.filter((link) => link.netns !== host).map((link) => link.netns))];
  const roomW = Math.min(240, (width - 2 * MARGIN - (inner.length - 1) * 16) / Math.max(1, inner.length));
  const perRow = Math.max(1, Math.floor((width - 2 * MARGIN + 16) / (Math.max(170, roomW) + 16)));
  const roomsBottom = rooms(world, links, inner, { width: Math.max(170, roomW), perRow }, figures, spots);
  const bridgeY = Math.max(roomsBottom + 70, Math.min(height - listHeight - 190, 330));
  hostDevices(world, links, width, bridgeY, figures, spots);
  cables(world, links, figures, spots, bridgeY);
  const doorsBottom = doors(world, width, bridgeY, figures);
  packets(world, figures, spots);
  const listTop = Math.max(doorsBottom + 30, height - listHeight - 12);
  packetList(world, width, listTop, figures);
  return { figures, height: listTop + listHeight + 12 };
}

function rooms(
  world: World,
  links: readonly Link[],
  inner: readonly number[],
  grid: { width: number; perRow: number },
  figures: Figure[],
  spots: Map<string, Spot>,
): number {
  let bottom = MARGIN;
  inner.forEach((netns, i) => {
    const devices = links.filter((link) => link.netns === netns);
    const x = MARGIN + (i % grid.perRow) * (grid.width + 16);
    const h = 34 + devices.length * (PLUG_H + 8) + 8;
    const y = MARGIN + Math.floor(i / grid.perRow) * (h + 24);
    const id = containerOfNetns(world, netns);
    const container = id === undefined ? undefined : world.containers.get(id);
    figures.push({
      key: `netns:${netns}`,
      sign: 'room',
      x,
      y,
      w: grid.width,
      h,
      title: container?.name ?? 'by hand',
      detail: `net:[${netns}]`,
      look: `namespace ${container?.state ?? ''}`,
      says: `Network namespace ${netns} of ${container?.name ?? 'a process started by hand'}`,
      ...hueOf(container),
    });
    devices.forEach((link, j) => {
      const at = { x: x + 12, y: y + 32 + j * (PLUG_H + 8) };
      spots.set(link.key, { x: at.x + (grid.width - 24) / 2, y: at.y + PLUG_H });
      figures.push(plug(link, at, grid.width - 24, container));
    });
    bottom = Math.max(bottom, y + h);
  });
  if (inner.length === 0) {
    const command = 'docker run -d -p 8080:80 nginx';
    figures.push({
      key: 'hint',
      sign: 'text',
      x: MARGIN,
      y: MARGIN + 12,
      w: 400,
      h: 16,
      title: 'No container has a network of its own yet. Try',
      look: 'quiet',
    });
    figures.push({
      key: 'hint:run',
      sign: 'pill',
      x: MARGIN,
      y: MARGIN + 36,
      w: 300,
      h: 32,
      title: command,
      look: 'command',
      command,
      says: `Run ${command}`,
    });
    bottom = MARGIN + 68;
  }
  return bottom;
}

const hueOf = (container: Container | undefined): { hue?: number } => (container ? { hue: container.hue } : {});

function plug(link: Link, at: Spot, w: number, container: Container | undefined): Figure {
  const detail = link.addresses.join(' ') || (link.up ? link.linkType : `${link.linkType}, down`);
  return {
    key: `link:${link.identity}`,
    sign: 'plug',
    x: at.x,
    y: at.y,
    w,
    h: PLUG_H,
    title: link.name,
    detail,
    look: link.up ? '' : 'down',
    opens: link.seq,
    says: `Device ${link.name}, ${link.linkType}, ${detail}`,
    ...hueOf(container),
  };
}

/** The VM's namespace: eth0 in the outer wall on the left, bridges as bars, other devices above them. */
function hostDevices(
  world: World,
  links: readonly Link[],
  width: number,
  bridgeY: number,
  figures: Figure[],
  spots: Map<string, Spot>,
): void {
  const here = links.filter((link) => link.netns === world.hostNs.net);
  const bridges = here.filter((link) => link.linkType === 'bridge');
  const outer = here.filter((link) => link.linkType !== 'bridge' && !isVeth(world, link));
  figures.push({
    key: 'ground',
    sign: 'ground',
    x: MARGIN,
    y: bridgeY + 96,
    w: width - 2 * MARGIN,
    h: 20,
    title: `the VM’s own network namespace${world.hostNs.net === undefined ? '' : ` net:[${world.hostNs.net}]`}`,
  });
  outer.forEach((link, i) => {
    const at = { x: MARGIN, y: bridgeY + 44 - i * (PLUG_H + 8) };
    spots.set(link.key, { x: at.x + PLUG_W / 2, y: at.y + PLUG_H / 2 });
    figures.push({ ...plug(link, at, PLUG_W, undefined), look: link.name === 'eth0' ? 'outer' : '' });
  });
  const left = MARGIN + PLUG_W + 40;
  const each = (width - left - MARGIN - (bridges.length - 1) * 24) / Math.max(1, bridges.length);
  bridges.forEach((link, i) => {
    const x = left + i * (each + 24);
    spots.set(link.key, { x: x + each / 2, y: bridgeY + 14 });
    figures.push({
      key: `link:${link.identity}`,
      sign: 'bar',
      x,
      y: bridgeY,
      w: each,
      h: 28,
      title: link.name,
      detail: link.addresses.join(' '),
      look: link.up ? '' : 'down',
      opens: link.seq,
      says: `Bridge ${link.name} ${link.addresses.join(' ')}`,
    });
    const [eth0] = outer;
    const from = eth0 && spots.get(eth0.key);
    if (from)
      figures.push({
        key: `route:${link.identity}`,
        sign: 'cable',
        x: 0,
        y: 0,
        w: 0,
        h: 0,
        points: [
          [from.x + PLUG_W / 2, from.y],
          [x + 24, from.y],
          [x + 24, bridgeY + 28],
        ],
        look: 'routed',
        says: 'forwarded by IP, not bridged',
      });
  });
}

function isVeth(world: World, link: Link): boolean {
  return link.linkType === 'veth' || peerOf(world, link) !== undefined;
}

/** Veth pairs: from the plug in a room down to the socket in the bridge that holds the other end. */
function cables(
  world: World,
  links: readonly Link[],
  figures: Figure[],
  spots: Map<string, Spot>,
  bridgeY: number,
): void {
  const sockets = new Map<number, number>();
  for (const link of links) {
    if (link.netns !== world.hostNs.net || link.linkType === 'bridge' || !isVeth(world, link)) continue;
    const master =
      link.master === undefined
        ? undefined
        : links.find((other) => other.netns === link.netns && other.ifindex === link.master);
    const bar = master && figures.find((figure) => figure.key === `link:${master.identity}`);
    const peer = peerOf(world, link);
    const end = peer && spots.get(peer.key);
    const used = bar ? (sockets.get(master.ifindex) ?? 0) : 0;
    if (master) sockets.set(master.ifindex, used + 1);
    const x = bar
      ? Math.min(bar.x + bar.w - 30, Math.max(bar.x + 60, end?.x ?? bar.x + 60 + used * 60))
      : (end?.x ?? MARGIN + PLUG_W + 60 + sockets.size * 150);
    const y = bar ? bridgeY - 16 : bridgeY - 44;
    spots.set(link.key, { x, y });
    const container = peer && world.containers.get(containerOfNetns(world, peer.netns) ?? '');
    if (end)
      figures.push({
        key: `cable:${link.identity}`,
        sign: 'cable',
        x: 0,
        y: 0,
        w: 0,
        h: 0,
        points: [
          [end.x, end.y],
          [end.x, (end.y + y) / 2],
          [x, (end.y + y) / 2],
          [x, bar ? bridgeY : y],
        ],
        look: 'veth',
        opens: link.seq,
        says: `veth pair ${link.name} and ${peer.name}`,
        ...hueOf(container),
      });
    figures.push({
      key: `link:${link.identity}`,
      sign: 'plug',
      x: x - 48,
      y: y - 8,
      w: 96,
      h: 20,
      title: link.name,
      look: link.up ? 'small' : 'small down',
      opens: link.seq,
      says: `Device ${link.name}${master ? `, in ${master.name}` : ''}`,
      ...hueOf(container),
    });
  }
}

/** Published ports: doors in the outer wall, with the DNAT rule that each is. */
function doors(world: World, width: number, bridgeY: number, figures: Figure[]): number {
  const list = publishedDoors(world);
  const y = bridgeY + 124;
  const w = Math.min(300, (width - 2 * MARGIN - 12) / 2);
  const perRow = Math.max(1, Math.floor((width - 2 * MARGIN + 12) / (w + 12)));
  list.forEach((door: Door, i) => {
    const container = [...world.containers.values()].find((candidate) =>
      door.destination.startsWith(`${addressOf(world, candidate)}:`),
    );
    figures.push({
      key: `door:${door.protocol}:${door.port}:${door.destination}`,
      sign: 'door',
      x: MARGIN + (i % perRow) * (w + 12),
      y: y + Math.floor(i / perRow) * (PLUG_H + 8),
      w,
      h: PLUG_H,
      title: `:${door.port} → ${door.destination}`,
      detail: `DNAT ${door.protocol}, ${door.packets} packet${door.packets === 1 ? '' : 's'} matched`,
      port: door.port,
      says: `Published port ${door.port}, rule ${door.rule}`,
      ...hueOf(container),
    });
  });
  return list.length > 0 ? y + Math.ceil(list.length / perRow) * (PLUG_H + 8) : y - 16;
}

function addressOf(world: World, container: Container): string | undefined {
  const process = container.initPid === undefined ? undefined : world.processes.get(container.initPid);
  for (const link of world.links.values()) {
    if (process && link.netns === process.ns.net && link.name !== 'lo') return link.addresses[0]?.split('/')[0];
  }
  return undefined;
}

/** Packets seen within the last moments stand at their last device. */
function packets(world: World, figures: Figure[], spots: Map<string, Spot>): void {
  const recent = world.packets.filter((trace) => world.timeNs - (trace.hops.at(-1)?.timeNs ?? 0) < 1.5e9).slice(-5);
  for (const trace of recent) {
    const last = trace.hops.at(-1);
    const first = trace.hops[0];
    const spot = last && spots.get(`${last.netns}/${last.ifindex}`);
    if (!last || !spot) continue;
    const from = first && spots.get(`${first.netns}/${first.ifindex}`);
    const label = `${last.packet.protocol}${last.packet.flags ? ` ${last.packet.flags}` : ''}${last.packet.destinationPort === undefined ? '' : ` :${last.packet.destinationPort}`}`;
    figures.push({
      key: `packet:${trace.seq}`,
      sign: 'packet',
      x: spot.x,
      y: spot.y,
      w: 80,
      h: 12,
      title: label,
      look: `${last.direction} ${last.packet.protocol}`,
      opens: last.seq,
      says: describePacket(trace),
      ...(from ? { from } : {}),
    });
  }
}

/** The last packets as lines; a click opens one's headers. */
function packetList(world: World, width: number, top: number, figures: Figure[]): void {
  const list = world.packets.slice(-LIST_MAX).reverse();
  if (list.length === 0) return;
  figures.push({
    key: 'packets:title',
    sign: 'text',
    x: MARGIN,
    y: top,
    w: width - 2 * MARGIN,
    h: 16,
    title: 'Last packets',
    look: 'large',
  });
  list.forEach((trace: PacketTrace, i) => {
    const nat = natOf(trace);
    figures.push({
      key: `packet-line:${trace.seq}`,
      sign: 'text',
      x: MARGIN,
      y: top + 26 + i * LIST_ROW,
      w: width - 2 * MARGIN,
      h: 16,
      title: describePacket(trace),
      look: `line ${nat ? 'nat' : ''}`,
      opens: trace.hops.at(-1)?.seq ?? trace.seq,
      says: describePacket(trace),
    });
  });
}
