// What the first bytes of a packet say: addresses, ports, TCP flags. RFC 791, 826, 768, 9293, 8200.
import type { DnsSummary, PacketSummary } from '../protocol/events.ts';

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
  if (name === 'udp') {
    const dns = isDns(addresses, ports) ? dnsSummary(view, at + UDP_HEADER_BYTES) : undefined;
    return { protocol: name, ...addresses, ...ports, ...(dns && { dns }) };
  }
  if (left < 14) return { protocol: name, ...addresses, ...ports };
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

const UDP_HEADER_BYTES = 8;
const DNS_PORT = 53;
/** Docker's embedded name server: on the loopback device its questions have been turned to another port already. */
const EMBEDDED_RESOLVER = '127.0.0.11';

const isDns = ({ source, destination }: Addresses, ports: { sourcePort: number; destinationPort: number }): boolean =>
  ports.sourcePort === DNS_PORT ||
  ports.destinationPort === DNS_PORT ||
  destination === EMBEDDED_RESOLVER ||
  source === EMBEDDED_RESOLVER;

/** RFC 1035 section 4.1: id, flags, four counts, then the question (name as labels, type, class), then the records. */
function dnsSummary(view: DataView, at: number): DnsSummary | undefined {
  const HEADER_BYTES = 12;
  if (view.byteLength < at + HEADER_BYTES || view.getUint16(at + 4) !== 1) return undefined;
  const flags = view.getUint16(at + 2);
  const { name, end } = labels(view, at + HEADER_BYTES);
  const isWhole = end !== undefined && end + 4 <= view.byteLength;
  const question = { name, ...(isWhole ? { type: typeName(view.getUint16(end)) } : {}) };
  if (!(flags & 0x8000)) return { kind: 'question', ...question };
  const address = isWhole ? firstAddress(view, end + 4) : undefined;
  return {
    kind: 'answer',
    ...question,
    rcode: flags & 15,
    answers: view.getUint16(at + 6),
    ...(address === undefined ? {} : { address }),
  };
}

const DNS_A = 1;
const typeName = (type: number): string => ({ [DNS_A]: 'A', 5: 'CNAME', 12: 'PTR', 28: 'AAAA' })[type] ?? String(type);

/** The address in the record at `at`, if it is one of type A: name, type, class, ttl, length, four bytes. */
function firstAddress(view: DataView, at: number): string | undefined {
  const name = labels(view, at).end;
  if (name === undefined || name + 14 > view.byteLength) return undefined;
  if (view.getUint16(name) !== DNS_A || view.getUint16(name + 8) !== 4) return undefined;
  return ipv4(new Uint8Array(view.buffer, view.byteOffset + name + 10, 4));
}

/** A name and where it ends; `end` is missing where the bytes end first. A pointer to an earlier name ends it as well. */
function labels(view: DataView, start: number): { name: string; end?: number } {
  const POINTER = 0xc0;
  let name = '';
  for (let at = start; at < view.byteLength;) {
    const length = view.getUint8(at++);
    if (length === 0) return { name, end: at };
    if (length >= POINTER) return { name, end: at + 1 };
    if (length > 63) break;
    if (name !== '') name += '.';
    for (const end = at + length; at < end; at++) {
      if (at >= view.byteLength) return { name: `${name}…` };
      name += String.fromCharCode(view.getUint8(at));
    }
  }
  return { name: `${name}…` };
}
