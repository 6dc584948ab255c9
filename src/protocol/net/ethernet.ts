// Ethernet II frames (IEEE 802.3) and ARP for IPv4 over Ethernet (RFC 826).
import { u16, u32, putU16, putU32 } from './bytes.ts';
import type { Ipv4Address } from './ipv4.ts';

/** A 48-bit address as its number, which a double holds exactly. */
export type MacAddress = number & { readonly mac: never };

export const ETHERNET_HEADER_BYTES = 14;
export const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
export const BROADCAST_MAC = 0xffffffffffff as MacAddress;

export interface EthernetHeader {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly etherType: number;
}

export const formatMac = (mac: MacAddress): string =>
  mac
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?!$)/g, '$1:');

const readMac = (bytes: Uint8Array, at: number): MacAddress =>
  (u16(bytes, at) * 2 ** 32 + u32(bytes, at + 2)) as MacAddress;

function writeMac(bytes: Uint8Array, at: number, mac: MacAddress): void {
  putU16(bytes, at, Math.floor(mac / 2 ** 32));
  putU32(bytes, at + 2, mac % 2 ** 32);
}

export function readEthernetHeader(frame: Uint8Array): EthernetHeader | undefined {
  if (frame.length < ETHERNET_HEADER_BYTES) return undefined;
  return { destination: readMac(frame, 0), source: readMac(frame, 6), etherType: u16(frame, 12) };
}

export function writeEthernetHeader(frame: Uint8Array, header: EthernetHeader): void {
  writeMac(frame, 0, header.destination);
  writeMac(frame, 6, header.source);
  putU16(frame, 12, header.etherType);
}

const ARP_BYTES = 28;
const ARP_ETHERNET_IPV4 = [0x00010800, 0x0604] as const;

export interface ArpPacket {
  readonly operation: 'request' | 'reply';
  readonly senderMac: MacAddress;
  readonly senderIp: Ipv4Address;
  readonly targetMac: MacAddress;
  readonly targetIp: Ipv4Address;
}

/** Reads an ARP packet (what follows the Ethernet header); undefined if it is not one for IPv4 over Ethernet. */
export function readArp(bytes: Uint8Array): ArpPacket | undefined {
  if (bytes.length < ARP_BYTES || u32(bytes, 0) !== ARP_ETHERNET_IPV4[0] || u16(bytes, 4) !== ARP_ETHERNET_IPV4[1])
    return undefined;
  const operation = u16(bytes, 6);
  if (operation !== 1 && operation !== 2) return undefined;
  return {
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: readMac(bytes, 8),
    senderIp: u32(bytes, 14) as Ipv4Address,
    targetMac: readMac(bytes, 18),
    targetIp: u32(bytes, 24) as Ipv4Address,
  };
}

/** A whole frame that carries `arp`. */
export function arpFrame(arp: ArpPacket): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER_BYTES + ARP_BYTES);
  const destination = arp.operation === 'request' ? BROADCAST_MAC : arp.targetMac;
  writeEthernetHeader(frame, { destination, source: arp.senderMac, etherType: ETHERTYPE.arp });
  putU32(frame, 14, ARP_ETHERNET_IPV4[0]);
  putU16(frame, 18, ARP_ETHERNET_IPV4[1]);
  putU16(frame, 20, arp.operation === 'request' ? 1 : 2);
  writeMac(frame, 22, arp.senderMac);
  putU32(frame, 28, arp.senderIp);
  writeMac(frame, 32, arp.operation === 'request' ? (0 as MacAddress) : arp.targetMac);
  putU32(frame, 38, arp.targetIp);
  return frame;
}
