// Network devices that existed before tracing began, from `ip -json -details address` in the guest: as the events that would have made them.
import type { EventBody } from '../protocol/events.ts';

/** What of ip's JSON is read here; ip-address(8). */
export interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu?: number;
  readonly address?: string;
  /** Name of the bridge it belongs to. */
  readonly master?: string;
  readonly link_index?: number;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly { readonly family: string; readonly local: string; readonly prefixlen: number }[];
}

/** IFF_* of netdevice(7), as ip names them. */
const FLAGS: Readonly<Record<string, number>> = {
  UP: 1,
  BROADCAST: 2,
  LOOPBACK: 8,
  POINTOPOINT: 0x10,
  NOARP: 0x80,
  PROMISC: 0x100,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
};

export function linkEvents(links: readonly IpLink[], netns: number): EventBody[] {
  const indexOf = new Map(links.map((link) => [link.ifname, link.ifindex]));
  return links.flatMap((link) => {
    const master = link.master === undefined ? undefined : indexOf.get(link.master);
    const kind = link.linkinfo?.info_kind;
    const event: EventBody = {
      kind: 'link',
      netns,
      ifindex: link.ifindex,
      name: link.ifname,
      flags: link.flags.reduce((sum, flag) => sum | (FLAGS[flag] ?? 0), 0),
      ...(kind === undefined ? {} : { linkType: kind }),
      ...(master === undefined ? {} : { master }),
      ...(link.address === undefined ? {} : { mac: link.address }),
      ...(link.mtu === undefined ? {} : { mtu: link.mtu }),
      ...(kind === 'veth' && link.link_index ? { peerIfindex: link.link_index } : {}),
    };
    const addresses = (link.addr_info ?? []).map(({ local, prefixlen }): EventBody => ({
      kind: 'address',
      netns,
      ifindex: link.ifindex,
      address: `${local}/${prefixlen}`,
      removed: false,
    }));
    return [event, ...addresses];
  });
}
