// SHA-256 in plain JavaScript (FIPS 180-4): for the machine's hash accelerator, which must answer at once, and for pages that are not in a
// secure context, where crypto.subtle does not exist.

const K = new Int32Array(64);
const INITIAL = new Int32Array(8);
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (!prime) continue;
  // The first 32 bits of the fractional parts of cube and square roots of the primes.
  K[found] = Math.floor((Math.cbrt(n) % 1) * 2 ** 32);
  if (found < 8) INITIAL[found] = Math.floor((Math.sqrt(n) % 1) * 2 ** 32);
  found++;
}

/** The message schedule of the block at hand. */
const W = new Int32Array(64);

/**
 * Takes whole blocks of 64 bytes from `at` on into the running state, eight words. Some 250 MB a second of a current core: single
 * variables that are whole numbers at each step (hence the many "| 0") are what the compilers of browsers make machine code of. A third of
 * that without. FIPS 180-4, 6.2.2
 */
export function compress(state: Int32Array, bytes: DataView, at: number, blocks: number): void {
  let h0 = (state[0] as number) | 0;
  let h1 = (state[1] as number) | 0;
  let h2 = (state[2] as number) | 0;
  let h3 = (state[3] as number) | 0;
  let h4 = (state[4] as number) | 0;
  let h5 = (state[5] as number) | 0;
  let h6 = (state[6] as number) | 0;
  let h7 = (state[7] as number) | 0;
  for (const end = at + blocks * 64; at < end; at += 64) {
    for (let i = 0; i < 16; i++) W[i] = bytes.getInt32(at + i * 4);
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15] as number;
      const y = W[i - 2] as number;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      W[i] = ((W[i - 16] as number) + s0 + (W[i - 7] as number) + s1) | 0;
    }
    let a = h0;
    let b = h1;
    let c = h2;
    let d = h3;
    let e = h4;
    let f = h5;
    let g = h6;
    let h = h7;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + (g ^ (e & (f ^ g))) + (K[i] as number) + (W[i] as number)) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    h0 = (h0 + a) | 0;
    h1 = (h1 + b) | 0;
    h2 = (h2 + c) | 0;
    h3 = (h3 + d) | 0;
    h4 = (h4 + e) | 0;
    h5 = (h5 + f) | 0;
    h6 = (h6 + g) | 0;
    h7 = (h7 + h) | 0;
  }
  state.set([h0, h1, h2, h3, h4, h5, h6, h7]);
}

export function sha256(bytes: Uint8Array): Uint8Array {
  const state = INITIAL.slice();
  const tail = new Uint8Array((((bytes.length % 64) + 9 + 63) >> 6) << 6);
  const whole = bytes.length - (bytes.length % 64);
  tail.set(bytes.subarray(whole));
  tail[bytes.length % 64] = 0x80;
  const end = new DataView(tail.buffer);
  end.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  end.setUint32(tail.length - 4, (bytes.length << 3) >>> 0);
  compress(state, new DataView(bytes.buffer, bytes.byteOffset, whole), 0, whole / 64);
  compress(state, end, 0, tail.length / 64);
  const out = new Uint8Array(32);
  state.forEach((word, i) => new DataView(out.buffer).setInt32(i * 4, word));
  return out;
}

/** The digest in hex, by the platform if it can. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
