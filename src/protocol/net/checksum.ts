// The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words. Used by IPv4, ICMP, UDP, TCP.

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Words summed before carries are folded in, so that the sum stays inside 31 bits. */
const WORDS_PER_FOLD = 16384;

const fold = (sum: number): number => {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
};

const swap = (word: number): number => ((word & 0xff) << 8) | (word >>> 8);

/**
 * Ones' complement sum of bytes[start, end), added to `initial`. The sum does not care for byte order as long as the result is
 * swapped back (RFC 1071 section 2(B)), so aligned bytes are summed as the machine's own words.
 */
export function sumWords(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  const odd = (end - start) & 1;
  const last = end - odd;
  let sum = 0;
  if (LITTLE_ENDIAN && ((bytes.byteOffset + start) & 1) === 0) {
    const words = new Uint16Array(bytes.buffer, bytes.byteOffset + start, (last - start) >> 1);
    for (let from = 0; from < words.length; from += WORDS_PER_FOLD) {
      const to = Math.min(words.length, from + WORDS_PER_FOLD);
      let part = 0;
      for (let i = from; i < to; i++) part += words[i] ?? 0;
      sum = fold(sum + fold(part));
    }
    sum = swap(sum);
  } else {
    for (let i = start; i < last; i += 2) {
      sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
      if (sum > 0x3fffffff) sum = fold(sum);
    }
  }
  if (odd) sum += (bytes[last] ?? 0) << 8;
  return fold(fold(sum) + initial);
}

export const finishChecksum = (sum: number): number => ~sum & 0xffff;

/** Sum over the pseudo header that TCP and UDP put in front of their own bytes (RFC 9293 section 3.1). */
export function pseudoHeaderSum(source: number, destination: number, protocol: number, length: number): number {
  const words = (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;
  return fold(words);
}

/**
 * Is the checksum of a TCP or UDP packet, whose field lies at `at`, right? A sender that leaves checksums to its card has put only the
 * pseudo header's sum there (Virtio 1.2, 5.1.6.2: VIRTIO_NET_F_CSUM); on the way through such a card nothing can change a byte.
 */
export function checksumHolds(packet: Uint8Array, length: number, at: number, pseudo: number): boolean {
  const field = ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  return (field - pseudo) % 0xffff === 0 || sumWords(packet, 0, length, pseudo) === 0xffff;
}
