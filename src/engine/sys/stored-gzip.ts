// gzip without compression (RFC 1951 3.2.4, RFC 1952): a frame around bytes that must not be taken for what they look like.
// The native untar tells compressions apart by one byte, and takes a tar whose first name begins with B, ( or ý for one.

import { crc32, concat } from './bytes.ts';

const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
const BLOCK_LIMIT = 65_535;
/** First bytes of bzip2, zstd and xz. */
const LOOKS_COMPRESSED = new Set([0x42, 0x28, 0xfd]);

/** Is this the first block of a tar that the native code would refuse? `ustar` stands at 257. tar(5) */
export function isMistakenTar(bytes: Uint8Array): boolean {
  if (!LOOKS_COMPRESSED.has(bytes[0] ?? 0) || bytes.length < 263) return false;
  return [0x75, 0x73, 0x74, 0x61, 0x72].every((letter, n) => bytes[257 + n] === letter);
}

export class StoredGzip {
  private crc = 0;
  private bytes = 0;

  /** The frame's next part, with the bytes as they are. */
  push(data: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = this.bytes === 0 ? [Uint8Array.from(HEADER)] : [];
    for (let at = 0; at < data.length; at += BLOCK_LIMIT) {
      const block = data.subarray(at, at + BLOCK_LIMIT);
      parts.push(blockHead(0, block.length), block);
    }
    this.crc = crc32(data, this.crc);
    this.bytes += data.length;
    return concat(parts);
  }

  /** The empty last block, the sum and the length. */
  end(): Uint8Array {
    const tail = new DataView(new ArrayBuffer(8));
    tail.setUint32(0, this.crc, true);
    tail.setUint32(4, this.bytes, true);
    return concat([blockHead(1, 0), new Uint8Array(tail.buffer)]);
  }
}

function blockHead(final: 0 | 1, length: number): Uint8Array {
  return Uint8Array.of(final, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255);
}
