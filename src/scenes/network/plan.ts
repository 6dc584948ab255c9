// Where things of the network scene stand: sections from the top, and the spot of every device, which cables and packets
// go to. Filled while the picture is laid out.
import type { Container, Link, World } from '../../sim/world.ts';
import { containerOfCgroup, containerOfNetns } from '../../sim/world.ts';
import { peerOf } from '../../sim/reduce/network.ts';
import type { Figure } from '../kit/figure.ts';

export const MARGIN = 20;
export const PLUG_W = 138;
export const PLUG_H = 40;

export interface Spot {
  readonly x: number;
  readonly y: number;
  /** Where a packet's mark stands, if its middle is taken by words. */
  readonly mark?: Spot;
  /** Room for words to the left of it, and where they go when they need more: above the plug, or below the room. */
  readonly free?: number;
  readonly away?: 'over' | 'under';
}

export interface Plan {
  readonly world: World;
  readonly width: number;
  readonly links: readonly Link[];
  /** Devices of the VM's own namespace. */
  readonly here: readonly Link[];
  /** The other network namespaces, those on one bridge beside each other. */
  readonly inner: readonly number[];
  /** Containers without a network namespace of their own: they live in the VM's. */
  readonly hosted: readonly Container[];
  /** Namespaces whose loopback device was just used, and whether by the embedded name server. */
  readonly loops: ReadonlyMap<number, 'dns' | 'other'>;
  readonly figures: Figure[];
  readonly spots: Map<string, Spot>;
}

/** Devices worth drawing: lo is in every namespace and says nothing until something uses it. */
function isShown(link: Link): boolean {
  return link.name !== 'lo' && !/^(sit|tunl|ip6tnl|ip6gre|gre|gretap|erspan|ip_vti|ip6_vti)\d*$/.test(link.name);
}

export function planOf(world: World, width: number): Plan {
  const loops = usedLoops(world);
  const all = [...world.links.values()];
  const links = all.filter((link) => isShown(link) || (link.name === 'lo' && loops.has(link.netns)));
  const here = links.filter((link) => link.netns === world.hostNs.net && link.name !== 'lo');
  const inner = innerNamespaces(world, links.filter(isShown));
  return { world, width, links, here, inner, hosted: hostedContainers(world), loops, figures: [], spots: new Map() };
}

/** All network namespaces but the VM's: those with no cable first (nothing need pass behind others), then as the bridges stand. */
function innerNamespaces(world: World, links: readonly Link[]): number[] {
  const ranks = new Map<number, { sum: number; cables: number; seq: number }>();
  for (const { kind, inode, seq } of world.namespaces.values())
    if (kind === 'net' && inode !== world.hostNs.net) ranks.set(inode, { sum: 0, cables: 0, seq });
  for (const link of links) {
    if (link.netns === world.hostNs.net) continue;
    const rank = ranks.get(link.netns) ?? { sum: 0, cables: 0, seq: link.seq };
    const master = peerOf(world, link)?.master;
    ranks.set(link.netns, {
      ...rank,
      sum: rank.sum + (master ?? 0),
      cables: rank.cables + (master === undefined ? 0 : 1),
    });
  }
  const order = ({ sum, cables }: { sum: number; cables: number }): number => (cables === 0 ? -1 : sum / cables);
  return [...ranks].sort(([, a], [, b]) => order(a) - order(b) || a.seq - b.seq).map(([netns]) => netns);
}

function hostedContainers(world: World): Container[] {
  const found = new Map<string, Container>();
  for (const process of world.processes.values()) {
    if (process.ns.net !== world.hostNs.net) continue;
    const container = world.containers.get(containerOfCgroup(process.cgroup) ?? '');
    // runc itself enters the cgroup before it has namespaces: only who has a root of his own lives there.
    if (container && process.ns.mnt !== world.hostNs.mnt) found.set(container.id, container);
  }
  return [...found.values()];
}

function usedLoops(world: World): Map<number, 'dns' | 'other'> {
  const loops = new Map<number, 'dns' | 'other'>();
  for (const { hops } of world.packets)
    for (const { device, netns, packet } of hops)
      if (device === 'lo' && loops.get(netns) !== 'dns') loops.set(netns, packet.dns ? 'dns' : 'other');
  return loops;
}

/** The network that the engine calls this bridge, if it said so. */
export function networkOf(world: World, bridge: Link): string | undefined {
  for (const { id, name } of world.networks.values())
    if (bridge.name === `br-${id.slice(0, 12)}` || (bridge.name === 'docker0' && name === 'bridge')) return name;
  return undefined;
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
  const free = w - 40 - link.name.length * 7.2;
  const away = link.netns === plan.world.hostNs.net ? 'over' : 'under';
  const mark = { x: at.x + w - 12, y: at.y + 12, free, away } as const;
  plan.spots.set(link.key, { x: at.x + w / 2, y: at.y + PLUG_H / 2, mark });
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
