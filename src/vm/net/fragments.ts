// Puts IPv4 fragments together again (RFC 791 section 3.2): a container's `ping -s 4000` crosses a 1500-byte veth.
import type { Ipv4Header } from '../../protocol/net/ipv4.ts';
import type { Clock } from './clock.ts';

const LIFETIME_MS = 15_000;
const PACKETS_MAX = 64;
const PIECES_MAX = 128;
const PACKET_MAX_BYTES = 65_535;

interface Partial {
  readonly startedMs: number;
  readonly pieces: { readonly offset: number; readonly bytes: Uint8Array }[];
  totalBytes?: number;
}

export class Fragments {
  readonly #partial = new Map<string, Partial>();

  constructor(private readonly clock: Clock) {}

  /** The whole payload once its last missing piece is here. */
  add(header: Ipv4Header, payload: Uint8Array): Uint8Array | undefined {
    const now = this.clock.now();
    for (const [key, partial] of this.#partial) if (now - partial.startedMs > LIFETIME_MS) this.#partial.delete(key);
    const key = `${header.source}-${header.destination}-${header.protocol}-${header.id}`;
    const partial = this.#partial.get(key) ?? { startedMs: now, pieces: [] };
    const end = header.fragmentOffset + payload.length;
    if (end > PACKET_MAX_BYTES || partial.pieces.length >= PIECES_MAX) {
      this.#partial.delete(key);
      return undefined;
    }
    if (!this.#partial.has(key)) {
      if (this.#partial.size >= PACKETS_MAX) return undefined;
      this.#partial.set(key, partial);
    }
    partial.pieces.push({ offset: header.fragmentOffset, bytes: payload });
    if (!header.moreFragments) partial.totalBytes = end;
    const whole = join(partial);
    if (whole) this.#partial.delete(key);
    return whole;
  }
}

function join({ pieces, totalBytes }: Partial): Uint8Array | undefined {
  if (totalBytes === undefined) return undefined;
  const sorted = [...pieces].sort((a, b) => a.offset - b.offset);
  let covered = 0;
  for (const piece of sorted) {
    if (piece.offset > covered) return undefined;
    covered = Math.max(covered, piece.offset + piece.bytes.length);
  }
  if (covered < totalBytes) return undefined;
  const whole = new Uint8Array(totalBytes);
  for (const piece of sorted) {
    if (piece.offset < totalBytes) whole.set(piece.bytes.subarray(0, totalBytes - piece.offset), piece.offset);
  }
  return whole;
}
