// The lower part of the network scene: the VM's own namespace. Bridges with the sockets that cables end in, devices that
// stand loose, and the outer wall with eth0 and a door for every published port.
import type { Container, Link } from '../../sim/world.ts';
import { peerOf } from '../../sim/reduce/network.ts';
import type { Figure } from '../kit/figure.ts';
import { corners, type Point } from './cables.ts';
import {
  addressesOf,
  containerIn,
  hueOf,
  isVeth,
  MARGIN,
  networkOf,
  plug,
  PLUG_H,
  PLUG_W,
  type Plan,
  type Spot,
} from './plan.ts';
import { publishedDoors, type Door } from './words.ts';

const BAR_H = 30;
const SOCKET_W = 104;
const DOOR_W = 196;

/** Bridges as bars, side by side, each by how many cables end in it. */
export function bridges(plan: Plan, y: number): void {
  const bars = plan.here.filter((link) => link.linkType === 'bridge');
  const weight = (bar: Link): number => 2 + plan.here.filter((link) => link.master === bar.ifindex).length;
  const whole = bars.reduce((sum, bar) => sum + weight(bar), 0);
  const room = plan.width - 2 * MARGIN - (bars.length - 1) * 20;
  let x = MARGIN;
  for (const link of bars) {
    const w = (room * weight(link)) / whole;
    const network = networkOf(plan.world, link);
    plan.spots.set(link.key, { x: x + w / 2, y: y + BAR_H / 2 });
    plan.figures.push({
      key: `link:${link.identity}`,
      sign: 'bar',
      x,
      y,
      w,
      h: BAR_H,
      title: network === undefined || network === 'bridge' ? link.name : `${network} · ${link.name}`,
      detail: addressesOf(link).join(' '),
      look: link.up ? '' : 'down',
      opens: link.seq,
      says: `Bridge ${link.name}${network === undefined ? '' : ` of network ${network}`} ${addressesOf(link).join(' ')}`,
    });
    x += w + 20;
  }
}

/** The ends of veth pairs that sit in a bridge, each with its cable from the room above. */
export function sockets(plan: Plan, y: number): void {
  const { world, figures, spots } = plan;
  for (const bar of plan.here.filter((link) => link.linkType === 'bridge')) {
    const box = figures.find((figure) => figure.key === `link:${bar.identity}`);
    if (!box) continue;
    const inBar = plan.here
      .filter((link) => link.master === bar.ifindex && link !== bar)
      .map((link) => ({ link, peer: peerOf(world, link), wanted: wantedX(plan, link) ?? box.x + box.w / 2 }))
      .sort((a, b) => a.wanted - b.wanted);
    const each = Math.min(SOCKET_W, (box.w - 16) / Math.max(1, inBar.length) - 6);
    let least = box.x + 8 + each / 2;
    inBar.forEach(({ link, peer, wanted }, i) => {
      const most = box.x + box.w - 8 - each / 2 - (inBar.length - 1 - i) * (each + 6);
      const x = Math.max(least, Math.min(most, wanted));
      least = x + each + 6;
      const container = peer && containerIn(world, peer.netns);
      socket(plan, link, { x, y: y - 12 }, each, bar, container);
      const end = peer && spots.get(peer.key);
      if (end) cable(plan, link, peer, [end.x, end.y + PLUG_H / 2], [x, y - 22], hueOf(container));
    });
  }
}

/** Straight above, so that a cable falls straight. */
const wantedX = (plan: Plan, link: Link): number | undefined => {
  const peer = peerOf(plan.world, link);
  return peer && plan.spots.get(peer.key)?.x;
};

function socket(plan: Plan, link: Link, at: Spot, w: number, bar: Link, container: Container | undefined): void {
  plan.spots.set(link.key, at);
  plan.figures.push({
    key: `link:${link.identity}`,
    sign: 'plug',
    x: at.x - w / 2,
    y: at.y - 10,
    w,
    h: 22,
    title: link.name,
    look: link.up ? 'small' : 'small down',
    opens: link.seq,
    says: `Device ${link.name}, in ${bar.name}`,
    ...hueOf(container),
  });
}

function cable(plan: Plan, link: Link, peer: Link, from: Point, to: Point, hue: { hue?: number }): void {
  const lane = plan.figures.filter(({ key }) => key.startsWith('cable:')).length;
  // Below everything, where it meets its plugs.
  plan.figures.unshift({
    key: `cable:${link.identity}`,
    sign: 'cable',
    x: 0,
    y: 0,
    w: 0,
    h: 0,
    points: corners(plan.figures, from, to, lane),
    look: 'veth',
    opens: link.seq,
    says: `veth pair ${link.name} and ${peer.name}`,
    ...hue,
  });
}

/** The VM's devices that are in no bridge and are not its way out: made by hand, as a rule. */
export function looseDevices(plan: Plan): Link[] {
  return plan.here.filter(
    (link) =>
      link.linkType !== 'bridge' && link.name !== 'eth0' && !plan.here.some((bar) => bar.ifindex === link.master),
  );
}

export function loose(plan: Plan, y: number): void {
  const { world, figures, spots } = plan;
  const list = looseDevices(plan);
  const left = MARGIN + PLUG_W + 20;
  const w = Math.min(PLUG_W, (plan.width - MARGIN - left + 40) / Math.max(1, list.length) - 40);
  list.forEach((link, i) => figures.push(plug(plan, link, { x: left + i * (w + 40), y }, w)));
  const drawn = new Set<string>();
  for (const link of list.filter((each) => isVeth(world, each))) {
    const peer = peerOf(world, link);
    const [from, to] = [spots.get(link.key), peer && spots.get(peer.key)];
    if (!peer || !from || !to || drawn.has(peer.key)) continue;
    drawn.add(link.key);
    const isBeside = peer.netns === link.netns;
    const [left, right] = from.x < to.x ? [from, to] : [to, from];
    if (isBeside) cable(plan, link, peer, [left.x + w / 2, left.y], [right.x - w / 2, right.y], {});
    else
      cable(
        plan,
        link,
        peer,
        [to.x, to.y + PLUG_H / 2],
        [from.x, from.y - PLUG_H / 2],
        hueOf(containerIn(world, peer.netns)),
      );
  }
}

/** The outer wall: eth0, and a door for each published port, which is a DNAT rule. Answers the wall's height above `y`. */
export function wall(plan: Plan, y: number, bridgeY: number): void {
  const { figures, world } = plan;
  const net = world.hostNs.net;
  figures.push({
    key: 'ground',
    sign: 'ground',
    x: MARGIN,
    y,
    w: plan.width - 2 * MARGIN,
    h: 20,
    title: `the VM’s own network${net === undefined ? '' : `, net:[${net}]`} · outside of this line: the page, at 10.0.2.2`,
  });
  const eth0 = plan.here.find((link) => link.name === 'eth0');
  const top = y - PLUG_H - 2;
  if (eth0) {
    figures.push({ ...plug(plan, eth0, { x: MARGIN, y: top }, PLUG_W), look: 'outer' });
    for (const bar of plan.here.filter((link) => link.linkType === 'bridge')) route(plan, bar, bridgeY, top);
  }
  const doors = publishedDoors(world);
  const left = MARGIN + PLUG_W + 20;
  const each = Math.min(DOOR_W, (plan.width - MARGIN - left + 12) / Math.max(1, doors.length) - 12);
  doors.forEach((door, i) => figures.push(doorOf(plan, door, left + i * (each + 12), top, each)));
}

/** Between eth0 and a bridge the kernel forwards by IP: no cable, a dotted line. */
function route(plan: Plan, bar: Link, bridgeY: number, top: number): void {
  const box = plan.figures.find((figure) => figure.key === `link:${bar.identity}`);
  if (!box) return;
  const x = MARGIN + PLUG_W / 2;
  const to = Math.max(box.x + 40, Math.min(box.x + box.w - 40, x));
  const middle = bridgeY + BAR_H + 14;
  plan.figures.push({
    key: `route:${bar.identity}`,
    sign: 'cable',
    x: 0,
    y: 0,
    w: 90,
    h: 0,
    points:
      to === x
        ? [
            [x, top],
            [x, bridgeY + BAR_H],
          ]
        : [
            [x, top],
            [x, middle],
            [to, middle],
            [to, bridgeY + BAR_H],
          ],
    look: 'routed',
    says: 'forwarded by IP, not bridged',
  });
}

function doorOf(plan: Plan, door: Door, x: number, y: number, w: number): Figure {
  const container = [...plan.world.containers.values()].find((candidate) =>
    plan.links.some(
      (link) =>
        containerIn(plan.world, link.netns)?.id === candidate.id &&
        link.addresses.some((address) => door.destination.startsWith(`${address.split('/')[0]}:`)),
    ),
  );
  return {
    key: `door:${door.protocol}:${door.port}:${door.destination}`,
    sign: 'door',
    x,
    y,
    w,
    h: PLUG_H,
    title: `:${door.port} → ${door.destination}`,
    detail: `DNAT ${door.protocol} · open it`,
    port: door.port,
    says: `Published port ${door.port}, rule ${door.rule}, ${door.packets} matched`,
    ...hueOf(container),
  };
}
