// The initial RAM file system as the kernel takes it: a cpio archive of format "newc". Documentation/driver-api/early-userspace/
// buffer-format.rst. Written here so that any host (and the page itself) can put the guest's files together.
import type { ImageFile } from './tar.ts';

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;
const encoder = new TextEncoder();
const align = (n: number): number => (n + 3) & ~3;

/** The archive; entries later in the list win, because the kernel unpacks in order. Times are all `mtime`, so that equal files make equal bytes. */
export function writeCpio(files: readonly ImageFile[], mtime = 0): Uint8Array<ArrayBuffer> {
  const all = [...files, { path: 'TRAILER!!!', type: 'file', mode: 0, content: new Uint8Array(0) } as ImageFile];
  const names = all.map((file) => encoder.encode(`${file.path}\0`));
  const bodies = all.map((file) =>
    file.type === 'symlink' ? encoder.encode(file.link ?? '') : (file.content ?? new Uint8Array(0)),
  );
  let size = 0;
  for (const [i, name] of names.entries()) size += align(110 + name.length) + align((bodies[i] as Uint8Array).length);
  const out = new Uint8Array(align(size));
  let at = 0;
  for (const [i, file] of all.entries()) {
    const name = names[i] as Uint8Array;
    const body = bodies[i] as Uint8Array;
    const trailer = i === all.length - 1;
    const mode = trailer ? 0 : TYPE_BITS[file.type] | file.mode;
    const fields = [
      i + 1,
      mode,
      file.uid ?? 0,
      file.gid ?? 0,
      1,
      trailer ? 0 : mtime,
      body.length,
      0,
      0,
      0,
      0,
      name.length,
      0,
    ];
    const head = `070701${fields.map((n) => n.toString(16).padStart(8, '0')).join('')}`;
    out.set(encoder.encode(head), at);
    out.set(name, at + 110);
    at += align(110 + name.length);
    out.set(body, at);
    at += align(body.length);
  }
  return out;
}
