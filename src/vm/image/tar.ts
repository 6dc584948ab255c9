// Reads the ustar archives that guest/rootfs makes (and any other without sparse files): the guest's files before assembly. tar(5)

/** One file of the guest's root. */
export interface ImageFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly content?: Uint8Array;
  readonly link?: string;
}

const decoder = new TextDecoder();

function text(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

const octal = (block: Uint8Array, at: number, length: number): number =>
  parseInt(text(block, at, length).trim() || '0', 8);

const TYPES: Readonly<Record<string, ImageFile['type']>> = {
  '0': 'file',
  '': 'file',
  '5': 'directory',
  '2': 'symlink',
};

/** Files, directories and symlinks, in order; hard links become copies of what they name. */
export function readTar(bytes: Uint8Array): ImageFile[] {
  const files: ImageFile[] = [];
  const contents = new Map<string, Uint8Array>();
  let longPath: string | undefined;
  for (let at = 0; at + 512 <= bytes.length;) {
    const block = bytes.subarray(at, at + 512);
    if (block[0] === 0) break;
    const size = octal(block, 124, 12);
    const flag = text(block, 156, 1);
    const body = bytes.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    const prefix = text(block, 345, 155);
    const path = (longPath ?? (prefix ? `${prefix}/` : '') + text(block, 0, 100))
      .replace(/^\.?\//, '')
      .replace(/\/$/, '');
    longPath = undefined;
    if (flag === 'L') longPath = text(body, 0, body.length);
    if (path === '' || flag === 'L' || flag === 'x' || flag === 'g') continue;
    const head = { path, mode: octal(block, 100, 8) & 0o7777, uid: octal(block, 108, 8), gid: octal(block, 116, 8) };
    if (flag === '1')
      files.push({ ...head, type: 'file', content: contents.get(text(block, 157, 100)) ?? new Uint8Array(0) });
    const type = TYPES[flag];
    if (type === 'symlink') files.push({ ...head, type, link: text(block, 157, 100) });
    else if (type === 'directory') files.push({ ...head, type });
    else if (type === 'file') {
      contents.set(path, body);
      files.push({ ...head, type, content: body });
    }
  }
  return files;
}
