// One iptables rule as the kernel holds it: struct ipt_entry (addresses, interfaces, protocol, counters), then matches,
// then the target. include/uapi/linux/netfilter_ipv4/ip_tables.h and netfilter/xt_*.h, layouts of 32-bit x86
import * as sys from '../sys/index.ts';
import { netmask, type Subnet } from './address.ts';

/** A rule in iptables' terms; `not` names the parts that are inverted (`! -i docker0`). */
export interface Rule {
  readonly source?: Subnet;
  readonly destination?: Subnet;
  readonly in?: string;
  readonly out?: string;
  readonly protocol?: 'tcp' | 'udp';
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** -m conntrack --ctstate RELATED,ESTABLISHED */
  readonly established?: true;
  /** -m addrtype --dst-type LOCAL */
  readonly toLocal?: true;
  readonly not?: readonly ('source' | 'destination' | 'in' | 'out')[];
  readonly target: Target;
}

export type Target =
  | 'ACCEPT'
  | 'DROP'
  | 'RETURN'
  | 'MASQUERADE'
  /** Go on in a chain of one's own. */
  | { readonly chain: string }
  /** DNAT --to-destination address:port */
  | { readonly address: number; readonly port: number }
  /** SNAT --to-source :port */
  | { readonly sourcePort: number };

export const ENTRY_BYTES = 112;
export const OFFSET = { target: 88, next: 90, comefrom: 92, counters: 96 } as const;
const HEADER_BYTES = 32;
const PROTOCOL = { tcp: 6, udp: 17 } as const;
const INVERT = { in: 0x01, out: 0x02, source: 0x08, destination: 0x10 } as const;
export const VERDICT = { DROP: -1, ACCEPT: -2, RETURN: -5 } as const;

/** A rule's bytes. A jump's verdict is filled in when the table is laid out. */
export interface Entry {
  readonly bytes: Uint8Array;
  readonly jump?: string;
}

export function encodeRule(rule: Rule): Entry {
  const parts = [...matchesOf(rule), targetOf(rule.target)];
  const target = parts.at(-1) ?? new Uint8Array();
  const length = parts.reduce((sum, part) => sum + part.length, ENTRY_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  encodeIp(bytes, view, rule);
  view.setUint16(OFFSET.target, length - target.length, true);
  view.setUint16(OFFSET.next, length, true);
  let at = ENTRY_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return typeof rule.target === 'object' && 'chain' in rule.target ? { bytes, jump: rule.target.chain } : { bytes };
}

/** struct ipt_ip: source, destination, their masks, interface names and masks, protocol, flags, inversions. */
function encodeIp(bytes: Uint8Array, view: DataView, rule: Rule): void {
  if (rule.source) {
    view.setUint32(0, rule.source.network);
    view.setUint32(8, netmask(rule.source.prefixLength));
  }
  if (rule.destination) {
    view.setUint32(4, rule.destination.network);
    view.setUint32(12, netmask(rule.destination.prefixLength));
  }
  for (const [name, at] of [
    [rule.in, 16],
    [rule.out, 32],
  ] as const) {
    if (name === undefined) continue;
    const text = sys.utf8Encode(`${name}\0`);
    bytes.set(text, at);
    // The mask covers the NUL: the whole name must be equal, not only its beginning.
    bytes.fill(0xff, at + 32, at + 32 + text.length);
  }
  if (rule.protocol) view.setUint16(80, PROTOCOL[rule.protocol], true);
  view.setUint8(
    83,
    (rule.not ?? []).reduce((bits, part) => bits | INVERT[part], 0),
  );
}

/** struct xt_entry_match and struct xt_entry_target begin alike: size, name, revision. */
function extension(name: string, revision: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + data.length);
  new DataView(bytes.buffer).setUint16(0, bytes.length, true);
  bytes.set(sys.utf8Encode(name), 2);
  bytes[31] = revision;
  bytes.set(data, HEADER_BYTES);
  return bytes;
}

function matchesOf(rule: Rule): Uint8Array[] {
  const matches: Uint8Array[] = [];
  if (rule.protocol && (rule.sourcePort !== undefined || rule.destinationPort !== undefined)) {
    // struct xt_tcp and xt_udp: source ports from-to, destination ports from-to; the rest (flags) is zero. Padded to 12.
    const data = new DataView(new ArrayBuffer(12));
    data.setUint16(0, rule.sourcePort ?? 0, true);
    data.setUint16(2, rule.sourcePort ?? 0xffff, true);
    data.setUint16(4, rule.destinationPort ?? 0, true);
    data.setUint16(6, rule.destinationPort ?? 0xffff, true);
    matches.push(extension(rule.protocol, 0, new Uint8Array(data.buffer)));
  }
  if (rule.established) {
    // struct xt_conntrack_mtinfo3, 164 bytes: only "compare the state" and which states.
    const [MATCH_FLAGS, STATE_MASK, XT_CONNTRACK_STATE, ESTABLISHED_OR_RELATED] = [146, 150, 1, 2 | 4];
    const data = new DataView(new ArrayBuffer(164));
    data.setUint16(MATCH_FLAGS, XT_CONNTRACK_STATE, true);
    data.setUint16(STATE_MASK, ESTABLISHED_OR_RELATED, true);
    matches.push(extension('conntrack', 3, new Uint8Array(data.buffer)));
  }
  if (rule.toLocal) {
    // struct xt_addrtype_info_v1: source types, destination types, flags.
    const XT_ADDRTYPE_LOCAL = 1 << 2;
    const data = new DataView(new ArrayBuffer(8));
    data.setUint16(2, XT_ADDRTYPE_LOCAL, true);
    matches.push(extension('addrtype', 1, new Uint8Array(data.buffer)));
  }
  return matches;
}

function targetOf(target: Target): Uint8Array {
  const verdict = (value: number): Uint8Array => extension('', 0, new Uint8Array(Int32Array.of(value).buffer));
  if (typeof target === 'object') {
    if ('chain' in target) return verdict(0);
    if ('sourcePort' in target) return natRange('SNAT', 2, 0, target.sourcePort);
    return dnat(target.address, target.port);
  }
  return target === 'MASQUERADE' ? natRange('MASQUERADE', 0, 0, 0) : verdict(VERDICT[target]);
}

/** DNAT's revision 2, the one that iptables(8) makes and shows. struct nf_nat_range2: flags, addresses and ports from-to, base. */
function dnat(address: number, port: number): Uint8Array {
  const [FLAG_ADDRESSES, FLAG_PORTS] = [1, 2];
  const data = new DataView(new ArrayBuffer(44));
  data.setUint32(0, FLAG_ADDRESSES | FLAG_PORTS, true);
  data.setUint32(4, address);
  data.setUint32(20, address);
  data.setUint16(36, port);
  data.setUint16(38, port);
  return extension('DNAT', 2, new Uint8Array(data.buffer));
}

/** struct nf_nat_ipv4_multi_range_compat: count (1), flags (1: addresses, 2: ports), addresses from-to, ports from-to. */
function natRange(name: string, flags: number, address: number, port: number): Uint8Array {
  const data = new DataView(new ArrayBuffer(20));
  data.setUint32(0, 1, true);
  data.setUint32(4, flags, true);
  data.setUint32(8, address);
  data.setUint32(12, address);
  data.setUint16(16, port);
  data.setUint16(18, port);
  return extension(name, 0, new Uint8Array(data.buffer));
}

/** The entry that heads a chain of one's own, and the one that ends the table: an "error target" with the name in it. */
export function errorEntry(name: string): Uint8Array {
  const data = new Uint8Array(32);
  data.set(sys.utf8Encode(name).subarray(0, 29));
  return plainEntry(extension('ERROR', 0, data));
}

/** The entry at the end of a chain: a built-in chain's policy, or the return from one's own. */
export function verdictEntry(verdict: number): Uint8Array {
  return plainEntry(extension('', 0, new Uint8Array(Int32Array.of(verdict).buffer)));
}

function plainEntry(target: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES + target.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(OFFSET.target, ENTRY_BYTES, true);
  view.setUint16(OFFSET.next, bytes.length, true);
  bytes.set(target, ENTRY_BYTES);
  return bytes;
}

/** Names of the devices that a rule is about, or ''. struct ipt_ip: iniface at 16, outiface at 32. */
export const devicesOf = ({ bytes }: Entry): readonly [into: string, out: string] => {
  const nameAt = (at: number): string => sys.utf8Decode(bytes.subarray(at, at + 16)).replace(/\0.*$/s, '');
  return [nameAt(16), nameAt(32)];
};

/** Same rule? Counters and the kernel's scratch field do not count, nor where a jump leads at the moment. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a.bytes.length !== b.bytes.length || a.jump !== b.jump) return false;
  const verdictAt = a.jump === undefined ? a.bytes.length : a.bytes.length - 4;
  for (let i = 0; i < verdictAt; i++) {
    if (i === OFFSET.comefrom) i = ENTRY_BYTES;
    if (a.bytes[i] !== b.bytes[i]) return false;
  }
  return true;
}
