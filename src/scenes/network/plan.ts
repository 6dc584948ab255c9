// Where things of the network scene stand: sections from the top, and the spot of every device, which cables and packets
// go to. Filled while the picture is laid out.
import type { Container, Link, World } from '../../sim/world.ts';
import { containerOfNetns } from '../../sim/world.ts';
import { peerOf } from '../../sim/reduce/network.ts';
import type { Figure } from '../kit/figure.ts';

export const MARGIN = 20;
export const PLUG_W = 138;
export const PLUG_H = 40;

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Plan {
  readonly world: World;
  readonly width: number;
  readonly links: readonly Link[];
  /** Devices of the VM's own namespace. */
  readonly here: readonly Link[];
  /** The other network namespaces, those on one bridge beside each other. */
  readonly inner: readonly number[];
  readonly figures: Figure[];
  readonly spots: Map<string, Spot>;
}

/** Devices worth drawing: lo is in every namespace and says nothing until something uses it. */
function isShown(link: Link): boolean {
  return link.name !== 'lo' && !/^(sit|tunl|ip6tnl|ip6gre|gre|gretap|erspan|ip_vti|ip6_vti)\d*$/.test(link.name);
}

export function planOf(world: World, width: number): Plan {
  const links = [...world.links.values()].filter(isShown);
  const here = links.filter((link) => link.netns === world.hostNs.net);
  const order = new Map<number, number>();
  for (const link of links) {
    if (link.netns === world.hostNs.net) continue;
    const master = peerOf(world, link)?.master;
    const rank = (master ?? 1000) * 1e6 + link.seq / 1e6;
    order.set(link.netns, Math.min(order.get(link.netns) ?? Infinity, rank));
  }
  const inner = [...order].sort((a, b) => a[1] - b[1]).map(([netns]) => netns);
  return { world, width, links, here, inner, figures: [], spots: new Map() };
}

export function containerIn(world: World, netns: number): Container | undefined {
  return world.containers.get(containerOfNetns(world, netns) ?? '');
}

/** An address that a person set; the kernel's own link-local ones only where there is no other. */
export function addressesOf(link: Link): readonly string[] {
  const told = link.addresses.filter((address) => !address.startsWith('fe80:'));
  return told.length > 0 ? told : [];
}

export const hueOf = (container: Container | undefined): { hue?: number } => (container ? { hue: container.hue } : {});

export function isVeth(world: World, link: Link): boolean {
  return link.linkType === 'veth' || peerOf(world, link) !== undefined;
}

/** A device as a plug; its middle becomes its spot. */
export function plug(plan: Plan, link: Link, at: Spot, w: number, container?: Container): Figure {
  const detail = addressesOf(link).join(' ') || (link.up ? link.linkType : `${link.linkType}, down`);
  plan.spots.set(link.key, { x: at.x + w / 2, y: at.y + PLUG_H / 2 });
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
    says: `Device ${link.name}, ${link.linkType}, ${detail}${link.mac ? `, ${link.mac}` : ''}`,
    ...hueOf(container),
  };
}
