// Reads and writes tar archives for the recipes: every byte of the output depends on the entries alone,
// so that the same packages give the same archive. Format: POSIX.1-1988 ustar, with a pax header (POSIX.1-2001)
// only where a name does not fit. Used by the root file system and by the image layers.

export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

export interface Entry {
  /** Relative to the archive's root: no leading slash, no trailing slash. */
  readonly path: string;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Target of a symlink, or path of the first name of a hard link. */
  readonly link?: string;
  readonly content?: Buffer;
  readonly device?: readonly [major: number, minor: number];
}

const BLOCK = 512;
const FLAG: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const padded = (bytes: Buffer): Buffer[] => {
  const rest = bytes.length % BLOCK;
  return rest === 0 ? [bytes] : [bytes, Buffer.alloc(BLOCK - rest)];
};

const octal = (value: number, width: number): string => value.toString(8).padStart(width - 1, '0') + '\0';

function header(entry: Entry, name: string, prefix: string, link: string, flag: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'utf8');
  block.write(octal(entry.mode & 0o7777, 8), 100);
  block.write(octal(entry.uid, 8), 108);
  block.write(octal(entry.gid, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(entry.mtime, 12), 136);
  block.write('        ', 148);
  block.write(flag, 156);
  block.write(link, 157, 100, 'utf8');
  block.write('ustar\0' + '00', 257);
  if (entry.device !== undefined) {
    block.write(octal(entry.device[0], 8), 329);
    block.write(octal(entry.device[1], 8), 337);
  }
  block.write(prefix, 345, 155, 'utf8');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  return block;
}

/** Splits a path at a slash into ustar's prefix (155 bytes) and name (100 bytes), if it fits. */
function splitPath(path: string): { prefix: string; name: string } | undefined {
  if (!/^[\x00-\x7f]*$/.test(path)) return undefined;
  if (path.length <= 100) return { prefix: '', name: path };
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    if (slash <= 155 && path.length - slash - 1 <= 100)
      return { prefix: path.slice(0, slash), name: path.slice(slash + 1) };
  }
  return undefined;
}

/** One pax record is "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(body);
  length += String(length + String(length).length).length;
  return `${length}${body}`;
}

function entryBlocks(entry: Entry): Buffer[] {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const link = entry.link ?? '';
  const split = splitPath(path);
  const blocks: Buffer[] = [];
  let records = '';
  if (split === undefined) records += paxRecord('path', path);
  if (link !== '' && (splitPath(link) === undefined || link.length > 100)) records += paxRecord('linkpath', link);
  if (records !== '') {
    const body = Buffer.from(records);
    blocks.push(header({ ...entry, mode: 0o644 }, 'PaxHeader', '', '', 'x', body.length), ...padded(body));
  }
  const content = entry.type === 'file' ? (entry.content ?? Buffer.alloc(0)) : Buffer.alloc(0);
  blocks.push(header(entry, split?.name ?? '', split?.prefix ?? '', link, FLAG[entry.type], content.length));
  if (content.length > 0) blocks.push(...padded(content));
  return blocks;
}

/** Entries in the order of their paths' bytes: a directory precedes what is in it, and every machine agrees. */
export const sorted = (entries: Iterable<Entry>): Entry[] =>
  [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));

export function writeTar(entries: Iterable<Entry>): Buffer {
  const blocks = [...entries].flatMap(entryBlocks);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

const text = (block: Buffer, start: number, length: number): string => {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
};

const number = (block: Buffer, start: number, length: number): number =>
  parseInt(text(block, start, length).trim() || '0', 8);

/** Reads what dpkg-deb and GNU tar write: ustar plus GNU's long names (types L and K). */
export function readTar(archive: Buffer): Entry[] {
  const typeOf = new Map(Object.entries(FLAG).map(([type, flag]) => [flag, type as EntryType]));
  const entries: Entry[] = [];
  let longPath = '';
  let longLink = '';
  for (let at = 0; at + BLOCK <= archive.length;) {
    const block = archive.subarray(at, at + BLOCK);
    if (block[0] === 0) break;
    const size = number(block, 124, 12);
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const flag = String.fromCharCode(block[156] ?? 0);
    if (flag === 'L') longPath = text(content, 0, size);
    else if (flag === 'K') longLink = text(content, 0, size);
    else {
      const prefix = text(block, 345, 155);
      const path = longPath || (prefix ? `${prefix}/` : '') + text(block, 0, 100);
      const type = typeOf.get(flag === '\0' ? '0' : flag);
      if (type === undefined) throw new Error(`tar: ${path}: entry type ${flag} is not known`);
      const link = longLink || text(block, 157, 100);
      entries.push({
        path: path
          .replace(/^\.?\/+/, '')
          .replace(/\/+$/, '')
          .replace(/^\.$/, ''),
        type,
        mode: number(block, 100, 8),
        uid: number(block, 108, 8),
        gid: number(block, 116, 8),
        mtime: number(block, 136, 12),
        ...(link === '' ? {} : { link: type === 'hardlink' ? link.replace(/^\.\//, '') : link }),
        ...(type === 'file' ? { content: Buffer.from(content) } : {}),
        ...(type === 'character' || type === 'block'
          ? { device: [number(block, 329, 8), number(block, 337, 8)] as const }
          : {}),
      });
      longPath = longLink = '';
    }
  }
  return entries;
}
