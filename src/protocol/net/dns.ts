// DNS messages (RFC 1035 section 4), as much as a small authoritative server needs: one question in, A, AAAA and PTR answers out.
import { u16, putU16, putU32 } from './bytes.ts';

export const DNS_TYPE = { a: 1, ptr: 12, aaaa: 28, any: 255 } as const;
export const DNS_RCODE = { noError: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4 } as const;

const HEADER_BYTES = 12;

export interface DnsQuery {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  /** Lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** The question section as it came, to be repeated in the answer. */
  readonly question: Uint8Array;
}

/** Reads labels up to the root label; undefined for a cut or compressed name (no question needs compression). */
function readName(bytes: Uint8Array, start: number): { name: string; end: number } | undefined {
  let name = '';
  for (let at = start; at < bytes.length && at - start < 256;) {
    const length = bytes[at] ?? 0;
    if (length === 0) return { name: name.toLowerCase(), end: at + 1 };
    if (length > 63 || at + 1 + length > bytes.length) return undefined;
    if (name !== '') name += '.';
    for (const end = at + length; at < end;) name += String.fromCharCode(bytes[++at] as number);
    at += 1;
  }
  return undefined;
}

export function readDnsQuery(bytes: Uint8Array): DnsQuery | undefined {
  const flags = u16(bytes, 2);
  if (bytes.length < HEADER_BYTES || flags & 0x8000 || u16(bytes, 4) !== 1) return undefined;
  const name = readName(bytes, HEADER_BYTES);
  if (!name || name.end + 4 > bytes.length) return undefined;
  return {
    id: u16(bytes, 0),
    opcode: (flags >>> 11) & 15,
    recursionDesired: (flags & 0x0100) !== 0,
    name: name.name,
    type: u16(bytes, name.end),
    question: bytes.subarray(HEADER_BYTES, name.end + 4),
  };
}

/** A name as length-prefixed labels with the root label at the end. */
export function encodeDnsName(name: string): Uint8Array {
  const bytes: number[] = [];
  for (const label of name.split('.').filter((part) => part !== '')) {
    bytes.push(label.length, ...Array.from(label, (letter) => letter.charCodeAt(0) & 255));
  }
  return Uint8Array.from([...bytes, 0]);
}

export interface DnsRecord {
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: Uint8Array;
}

/** The answer to `query`; every record is for the name that was asked. */
export function dnsResponse(query: DnsQuery, rcode: number, records: readonly DnsRecord[] = []): Uint8Array {
  const recordBytes = records.reduce((sum, record) => sum + 12 + record.data.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + query.question.length + recordBytes);
  putU16(bytes, 0, query.id);
  // QR, AA, RA; RD is repeated.
  putU16(bytes, 2, 0x8480 | (query.opcode << 11) | (query.recursionDesired ? 0x0100 : 0) | rcode);
  putU16(bytes, 4, 1);
  putU16(bytes, 6, records.length);
  bytes.set(query.question, HEADER_BYTES);
  let at = HEADER_BYTES + query.question.length;
  for (const record of records) {
    // 0xC00C points at the question's name.
    putU16(bytes, at, 0xc00c);
    putU16(bytes, at + 2, record.type);
    putU16(bytes, at + 4, 1);
    putU32(bytes, at + 6, record.ttlSeconds);
    putU16(bytes, at + 10, record.data.length);
    bytes.set(record.data, at + 12);
    at += 12 + record.data.length;
  }
  return bytes;
}
