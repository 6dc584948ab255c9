// UDP (RFC 768) and the ICMP messages that we use (RFC 792): echo, and destination unreachable.
import { u16, putU16 } from './bytes.ts';

export const UDP_HEADER_BYTES = 8;
export const UDP_CHECKSUM_AT = 6;

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** 0 means that the sender did not compute one. */
  readonly checksum: number;
  readonly payload: Uint8Array;
}

export function readUdp(bytes: Uint8Array): UdpDatagram | undefined {
  const length = u16(bytes, 4);
  if (bytes.length < UDP_HEADER_BYTES || length < UDP_HEADER_BYTES || length > bytes.length) return undefined;
  return {
    sourcePort: u16(bytes, 0),
    destinationPort: u16(bytes, 2),
    checksum: u16(bytes, 6),
    payload: bytes.subarray(UDP_HEADER_BYTES, length),
  };
}

/** Writes the header at `at`, checksum still 0. */
export function writeUdpHeader(
  bytes: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  payloadBytes: number,
): void {
  putU16(bytes, at, sourcePort);
  putU16(bytes, at + 2, destinationPort);
  putU16(bytes, at + 4, UDP_HEADER_BYTES + payloadBytes);
  putU16(bytes, at + 6, 0);
}

export const ICMP = { echoReply: 0, unreachable: 3, echoRequest: 8 } as const;

/** Codes of "destination unreachable". */
export const UNREACHABLE = { network: 0, host: 1, protocol: 2, port: 3, fragmentationNeeded: 4 } as const;

export const ICMP_HEADER_BYTES = 8;

export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** Echo: the identifier. */
  readonly id: number;
  /** Echo: the sequence number. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export function readIcmp(bytes: Uint8Array): IcmpMessage | undefined {
  if (bytes.length < ICMP_HEADER_BYTES) return undefined;
  return {
    type: bytes[0] ?? 0,
    code: bytes[1] ?? 0,
    id: u16(bytes, 4),
    sequence: u16(bytes, 6),
    payload: bytes.subarray(ICMP_HEADER_BYTES),
  };
}
