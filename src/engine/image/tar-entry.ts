// Heads of tar entries that do not come from a file: what `docker save` writes around the layers. ustar, POSIX.1-1988
import * as sys from '../sys/index.ts';

const BLOCK = 512;

/** The 512 bytes before a file's content, or all of a directory (`name` ends with a slash). Names up to 100 bytes. */
export function tarHeader(name: string, sizeBytes: number, mtimeSeconds: number): Uint8Array {
  const isDirectory = name.endsWith('/');
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  const fields = (checksum: string): string =>
    name.padEnd(100, '\0') +
    octal(isDirectory ? 0o755 : 0o644, 8) +
    octal(0, 8) +
    octal(0, 8) +
    octal(sizeBytes, 12) +
    octal(mtimeSeconds, 12) +
    checksum +
    (isDirectory ? '5' : '0') +
    '\0'.repeat(100) +
    'ustar\x0000';
  const blank = sys.latin1Encode(fields(' '.repeat(8)));
  let sum = 0;
  for (const byte of blank) sum += byte;
  const header = new Uint8Array(BLOCK);
  header.set(sys.latin1Encode(fields(`${sum.toString(8).padStart(6, '0')}\0 `)));
  return header;
}

/** What an archive begins with; undefined if that is no file or directory: compressed bytes, or an extended header. */
export function firstEntry(head: Uint8Array): { name: string; isDirectory: boolean } | undefined {
  if (head.length < BLOCK) return undefined;
  const text = sys.latin1Decode(head.subarray(0, BLOCK));
  const field = (at: number, length: number): string => text.slice(at, at + length).split('\0')[0] ?? '';
  if (!text.startsWith('ustar', 257) || /[xgLK]/.test(text[156] ?? '')) return undefined;
  const prefix = field(345, 155);
  const name = sys.utf8Decode(sys.latin1Encode((prefix === '' ? '' : `${prefix}/`) + field(0, 100)));
  return { name, isDirectory: text[156] === '5' };
}

/** Zeros that fill a file's content up to whole blocks. */
export function tarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((BLOCK - (sizeBytes % BLOCK)) % BLOCK);
}

/** Two empty blocks end an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK);
