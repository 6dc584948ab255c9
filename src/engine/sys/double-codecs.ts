// Text, hash and HTTP-head functions of the C module, done with what Node has: the working half of the recording double.

import type { Native, Sha256State } from './native.ts';

interface NodeBuffer {
  toString(encoding: string): string;
  indexOf(needle: Uint8Array | string, from: number): number;
}
interface NodeHash {
  update(bytes: Uint8Array): void;
  copy(): { digest(encoding: string): string };
}
interface NodeHost {
  Buffer: {
    from(data: string | ArrayBufferLike, encoding?: string | number, length?: number): NodeBuffer & Iterable<number>;
  };
  process: {
    getBuiltinModule(name: 'node:crypto'): { createHash(name: string): NodeHash };
    getBuiltinModule(name: 'node:zlib'): { crc32(bytes: Uint8Array, seed: number): number };
  };
}

type Codecs = Pick<
  Native,
  | 'utf8Encode'
  | 'utf8Decode'
  | 'latin1Encode'
  | 'latin1Decode'
  | 'base64Encode'
  | 'base64Decode'
  | 'hexEncode'
  | 'indexOf'
  | 'crc32'
  | 'sha256'
  | 'sha256Update'
  | 'sha256UpdateFd'
  | 'sha256Hex'
>;

/** The functions, over Node's Buffer and crypto. */
export function textCodecs(): Codecs {
  const { Buffer, process } = globalThis as unknown as NodeHost;
  const plain = (buffer: Iterable<number>): Uint8Array<ArrayBuffer> => Uint8Array.from(buffer);
  const view = (bytes: Uint8Array): NodeBuffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hashes = new WeakMap<object, NodeHash>();
  const hashOf = (state: Sha256State) => {
    const hash = hashes.get(state);
    if (!hash) throw new TypeError('not a hash');
    return hash;
  };
  return {
    utf8Encode: (text) => plain(Buffer.from(text, 'utf8')),
    utf8Decode: (bytes) => view(bytes).toString('utf8'),
    latin1Encode: (text) => plain(Buffer.from(text, 'latin1')),
    latin1Decode: (bytes) => view(bytes).toString('latin1'),
    base64Encode: (bytes) => view(bytes).toString('base64'),
    base64Decode: (text) => (/^[\w+/-]*={0,2}$/.test(text) ? plain(Buffer.from(text, 'base64')) : null),
    hexEncode: (bytes) => view(bytes).toString('hex'),
    indexOf: (bytes, needle, from) => view(bytes).indexOf(needle, from),
    crc32: (bytes, seed) => process.getBuiltinModule('node:zlib').crc32(bytes, seed),
    sha256: () => {
      const state = {} as Sha256State;
      hashes.set(state, process.getBuiltinModule('node:crypto').createHash('sha256'));
      return state;
    },
    sha256Update: (state, bytes) => hashOf(state).update(bytes),
    sha256UpdateFd: () => 0,
    sha256Hex: (state) => hashOf(state).copy().digest('hex'),
  };
}

/** Native.headEnd. */
export function findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
  const at = String.fromCharCode(...bytes.subarray(start, end)).indexOf('\r\n\r\n');
  return at < 0 ? -1 : start + at + 4;
}

/** Native.parseHead; RFC 9112 section 5. */
export function decodeHead(bytes: Uint8Array, from: number, end: number): string[] | null {
  const text = String.fromCharCode(...bytes.subarray(from, end));
  const at = text.indexOf('\r\n\r\n');
  if (at < 0) return null;
  const [start = '', ...lines] = text.slice(0, at).split('\r\n');
  if (start === '' || /[\r\n\0]/.test(start)) return null;
  const parsed = [start];
  for (const line of lines) {
    const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*?)[ \t]*$/.exec(line);
    if (!match) return null;
    parsed.push((match[1] as string).toLowerCase(), match[2] as string);
  }
  return parsed;
}
