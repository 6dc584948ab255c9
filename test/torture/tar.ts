// Tar archives as no honest tool writes them: every field of a header can be had wrong. ustar and pax, POSIX.1-2001
const BLOCK = 512;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export interface TarEntry {
  readonly name: string;
  /** '0' file (default), '1' hard link, '2' symlink, '3' character device, '5' directory, '6' FIFO, 'x' pax header … */
  readonly type?: string;
  readonly link?: string;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  /** The twelve bytes of the size field as they shall stand there; the content that follows is as long as it is. */
  readonly size?: Uint8Array | string;
  readonly device?: readonly [major: number, minor: number];
}

/** One entry: header, content, padding. */
export function tarEntry(entry: TarEntry): Uint8Array {
  const { name, type = '0', link = '', mode = 0o644, device = [0, 0] } = entry;
  const content = typeof entry.content === 'string' ? encode(entry.content) : (entry.content ?? new Uint8Array());
  const bytes = new Uint8Array(BLOCK + Math.ceil(content.length / BLOCK) * BLOCK);
  const put = (at: number, value: string | Uint8Array): void =>
    bytes.set(typeof value === 'string' ? encode(value) : value, at);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  put(0, encode(name).subarray(0, 100));
  put(100, octal(mode, 8) + octal(0, 8) + octal(0, 8));
  put(124, entry.size ?? octal(content.length, 12));
  put(136, octal(0, 12) + ' '.repeat(8) + type);
  put(157, encode(link).subarray(0, 100));
  put(257, 'ustar\x0000');
  put(329, octal(device[0], 8) + octal(device[1], 8));
  const sum = bytes.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  put(BLOCK, content);
  return bytes;
}

/** A pax header for the entry that follows. */
export function paxHeader(values: Readonly<Record<string, string>>): TarEntry {
  const records = Object.entries(values).map(([key, value]) => {
    const body = ` ${key}=${value}\n`;
    let length = encode(body).length + 1;
    while (encode(`${length}${body}`).length !== length) length = encode(`${length}${body}`).length;
    return `${length}${body}`;
  });
  return { name: 'pax', type: 'x', content: records.join('') };
}

/** A whole archive; raw bytes go in as they are. */
export function tarOf(...entries: readonly (TarEntry | Uint8Array)[]): Buffer {
  const parts = entries.map((entry) => (entry instanceof Uint8Array ? entry : tarEntry(entry)));
  return Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]);
}
