// TCP segments (RFC 9293 section 3.1), with the options that matter to us: MSS, window scale (RFC 7323), SACK (RFC 2018).
import { u16, u32, putU16, putU32 } from './bytes.ts';

export const TCP_HEADER_BYTES = 20;
export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** A stretch of sequence numbers, its end not included. */
export interface SackBlock {
  readonly from: number;
  readonly end: number;
}

/** What fits beside no other option of ours: 40 bytes of options hold four blocks. */
export const SACK_BLOCKS_MAX = 4;

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** As on the wire, not yet scaled. */
  readonly window: number;
  readonly mss?: number;
  readonly windowScale?: number;
  /** In a SYN: SACK blocks are understood. */
  readonly sackPermitted?: boolean;
  /** What arrived beyond `ack`, or arrived twice (RFC 2883). */
  readonly sack?: readonly SackBlock[];
  readonly payload: Uint8Array;
}

/** `SYN, ACK` and the like, in the order tcpdump users expect. */
export function formatTcpFlags(flags: number): string {
  const names = ['syn', 'fin', 'rst', 'psh', 'ack', 'urg'] as const;
  return names
    .filter((name) => flags & TCP[name])
    .map((name) => name.toUpperCase())
    .join(', ');
}

interface TcpOptions {
  mss?: number;
  windowScale?: number;
  sackPermitted?: boolean;
  sack?: SackBlock[];
}

function readSack(bytes: Uint8Array, at: number, length: number): SackBlock[] {
  const blocks: SackBlock[] = [];
  for (let offset = at + 2; offset + 8 <= at + length; offset += 8)
    blocks.push({ from: u32(bytes, offset), end: u32(bytes, offset + 4) });
  return blocks;
}

function readOptions(bytes: Uint8Array, end: number): TcpOptions {
  const options: TcpOptions = {};
  for (let at = TCP_HEADER_BYTES; at < end;) {
    const kind = bytes[at];
    if (kind === 0) break;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > end) break;
    if (kind === 2 && length === 4) options.mss = u16(bytes, at + 2);
    // A shift above 14 must be used as 14 (RFC 7323 section 2.3).
    if (kind === 3 && length === 3) options.windowScale = Math.min(14, bytes[at + 2] ?? 0);
    if (kind === 4 && length === 2) options.sackPermitted = true;
    if (kind === 5) options.sack = readSack(bytes, at, length);
    at += length;
  }
  return options;
}

/** Reads the segment that is an IP packet's payload; undefined if the header does not fit. */
export function readTcpSegment(bytes: Uint8Array): TcpSegment | undefined {
  if (bytes.length < TCP_HEADER_BYTES) return undefined;
  const headerBytes = ((bytes[12] ?? 0) >>> 4) * 4;
  if (headerBytes < TCP_HEADER_BYTES || headerBytes > bytes.length) return undefined;
  return {
    sourcePort: u16(bytes, 0),
    destinationPort: u16(bytes, 2),
    seq: u32(bytes, 4),
    ack: u32(bytes, 8),
    flags: (bytes[13] ?? 0) & 0x3f,
    window: u16(bytes, 14),
    ...(headerBytes > TCP_HEADER_BYTES ? readOptions(bytes, headerBytes) : {}),
    payload: bytes.subarray(headerBytes),
  };
}

export type TcpHeaderFields = Omit<TcpSegment, 'payload'>;

export function tcpHeaderBytes(
  fields: Pick<TcpHeaderFields, 'mss' | 'windowScale' | 'sackPermitted' | 'sack'>,
): number {
  let bytes = TCP_HEADER_BYTES;
  if (fields.mss !== undefined) bytes += 4;
  if (fields.sackPermitted) bytes += 4;
  if (fields.windowScale !== undefined) bytes += 4;
  if (fields.sack?.length) bytes += 4 + 8 * fields.sack.length;
  return bytes;
}

/** Writes the header at `at`, checksum still 0: it covers the payload, which the caller puts behind it. */
export function writeTcpHeader(bytes: Uint8Array, at: number, fields: TcpHeaderFields): void {
  const headerBytes = tcpHeaderBytes(fields);
  putU16(bytes, at, fields.sourcePort);
  putU16(bytes, at + 2, fields.destinationPort);
  putU32(bytes, at + 4, fields.seq);
  putU32(bytes, at + 8, fields.ack);
  bytes[at + 12] = (headerBytes / 4) << 4;
  bytes[at + 13] = fields.flags;
  putU16(bytes, at + 14, fields.window);
  putU32(bytes, at + 16, 0);
  if (headerBytes > TCP_HEADER_BYTES) writeOptions(bytes, at + TCP_HEADER_BYTES, fields);
}

/** Each option is filled up to four bytes with "no operation" (1) in front of it. */
function writeOptions(bytes: Uint8Array, at: number, fields: TcpHeaderFields): void {
  let option = at;
  if (fields.mss !== undefined) {
    putU16(bytes, option, 0x0204);
    putU16(bytes, option + 2, fields.mss);
    option += 4;
  }
  if (fields.sackPermitted) {
    putU32(bytes, option, 0x01010402);
    option += 4;
  }
  if (fields.windowScale !== undefined) {
    putU32(bytes, option, 0x01030300 | fields.windowScale);
    option += 4;
  }
  if (!fields.sack?.length) return;
  putU32(bytes, option, 0x01010500 | (2 + 8 * fields.sack.length));
  for (const [index, block] of fields.sack.entries()) {
    putU32(bytes, option + 4 + 8 * index, block.from);
    putU32(bytes, option + 8 + 8 * index, block.end);
  }
}
