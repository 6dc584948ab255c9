// What the first bytes of a packet say: addresses, ports, TCP flags. RFC 791, 826, 768, 9293, 8200.
import type { PacketSummary } from '../protocol/events.ts';

const ETH_P_IP = 0x0800;
const ETH_P_ARP = 0x0806;
const ETH_P_IPV6 = 0x86dd;

const TCP_FLAGS = 'FSRPAUEC';

export const ipv4 = (bytes: Uint8Array): string => [...bytes.subarray(0, 4)].join('.');

/** RFC 5952: lower case, the longest run of zero groups as `::`. */
export function ipv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, n) =>
    (((bytes[2 * n] ?? 0) << 8) | (bytes[2 * n + 1] ?? 0)).toString(16),
  );
  const runs = [...groups.join(':').matchAll(/\b0(?::0\b)+/g)].sort((a, b) => b[0].length - a[0].length);
  const longest = runs[0];
  if (!longest) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, longest.index).replace(/:$/, '')}::${text.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}

/** Reads the bytes from the network header on; `etherType` is skb->protocol. Bytes that are missing are left out. */
export function summarise(header: Uint8Array, etherType: number): PacketSummary {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (etherType === ETH_P_IP && header.byteLength >= 20) {
    const addresses = { source: ipv4(header.subarray(12)), destination: ipv4(header.subarray(16)) };
    const firstFragment = (view.getUint16(6) & 0x1fff) === 0;
    const transport = ((header[0] ?? 0) & 15) * 4;
    return firstFragment
      ? withTransport(view, header[9] ?? 0, transport, addresses)
      : { protocol: 'other', ...addresses };
  }
  if (etherType === ETH_P_ARP && header.byteLength >= 28)
    return { protocol: 'arp', source: ipv4(header.subarray(14)), destination: ipv4(header.subarray(24)) };
  if (etherType === ETH_P_IPV6 && header.byteLength >= 40)
    return { protocol: 'ipv6', source: ipv6(header.subarray(8, 24)), destination: ipv6(header.subarray(24, 40)) };
  return { protocol: 'other', source: '', destination: '' };
}

type Addresses = Pick<PacketSummary, 'source' | 'destination'>;

function withTransport(view: DataView, protocol: number, at: number, addresses: Addresses): PacketSummary {
  const left = view.byteLength - at;
  if (protocol === 1) return { protocol: 'icmp', ...addresses };
  if (protocol !== 6 && protocol !== 17) return { protocol: 'other', ...addresses };
  const name = protocol === 6 ? 'tcp' : 'udp';
  if (left < 4) return { protocol: name, ...addresses };
  const ports = { sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
  if (name === 'udp' || left < 14) return { protocol: name, ...addresses, ...ports };
  const bits = view.getUint8(at + 13);
  const flags = [...TCP_FLAGS].filter((_, bit) => bits & (1 << bit)).join('');
  return {
    protocol: 'tcp',
    ...addresses,
    ...ports,
    flags,
    sequence: view.getUint32(at + 4),
    acknowledgement: view.getUint32(at + 8),
  };
}
