// IPv4 addresses and headers (RFC 791). Used by the page's network stack and by whoever decodes captured packets.
import { u16, u32, putU16, putU32 } from './bytes.ts';
import { finishChecksum, sumWords } from './checksum.ts';

/** An address as its 32-bit number. */
export type Ipv4Address = number & { readonly ipv4: never };

export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

export const IPV4_HEADER_BYTES = 20;

export interface Ipv4Header {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly ttl: number;
  readonly id: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes. */
  readonly fragmentOffset: number;
  readonly headerBytes: number;
  /** Header and payload as the header states it; a captured packet may be cut shorter. */
  readonly totalBytes: number;
}

export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Dotted quad to number; undefined for anything else. */
export function parseIpv4(text: string): Ipv4Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value as Ipv4Address;
}

/** A constant address; a wrong one is our own bug. */
export function ipv4(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`not an IPv4 address: ${text}`);
  return address;
}

/** Reads the header at the start of `bytes`; undefined if this is no IPv4 header. The checksum is checked separately. */
export function readIpv4Header(bytes: Uint8Array): Ipv4Header | undefined {
  if (bytes.length < IPV4_HEADER_BYTES || (bytes[0] ?? 0) >>> 4 !== 4) return undefined;
  const headerBytes = ((bytes[0] ?? 0) & 15) * 4;
  const totalBytes = u16(bytes, 2);
  if (headerBytes < IPV4_HEADER_BYTES || totalBytes < headerBytes || bytes.length < headerBytes) return undefined;
  const fragment = u16(bytes, 6);
  return {
    source: u32(bytes, 12) as Ipv4Address,
    destination: u32(bytes, 16) as Ipv4Address,
    protocol: bytes[9] ?? 0,
    ttl: bytes[8] ?? 0,
    id: u16(bytes, 4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    headerBytes,
    totalBytes,
  };
}

/** Does the header's checksum hold? */
export const ipv4ChecksumHolds = (bytes: Uint8Array, header: Ipv4Header): boolean =>
  sumWords(bytes, 0, header.headerBytes) === 0xffff;

export interface Ipv4Fields {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly id: number;
  /** Where in the whole payload this piece lies, in bytes, and whether another follows. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
}

/** Writes a 20-byte header for `payloadBytes` of payload at `at`. */
export function writeIpv4Header(bytes: Uint8Array, at: number, fields: Ipv4Fields, payloadBytes: number): void {
  bytes[at] = 0x45;
  bytes[at + 1] = 0;
  putU16(bytes, at + 2, IPV4_HEADER_BYTES + payloadBytes);
  putU16(bytes, at + 4, fields.id);
  const { offset, more } = fields.fragment ?? { offset: 0, more: false };
  putU16(bytes, at + 6, offset / 8 + (more ? 0x2000 : 0));
  bytes[at + 8] = 64;
  bytes[at + 9] = fields.protocol;
  putU16(bytes, at + 10, 0);
  putU32(bytes, at + 12, fields.source);
  putU32(bytes, at + 16, fields.destination);
  putU16(bytes, at + 10, finishChecksum(sumWords(bytes, at, at + IPV4_HEADER_BYTES)));
}
