import { describe, expect, it } from 'vitest';
import { writeCpio } from './cpio.ts';
import { readTar } from './tar.ts';

const decoder = new TextDecoder();

/** An independent reading of the newc format: [name, mode, size, content]. */
function entries(archive: Uint8Array) {
  const found: { name: string; mode: number; content: string }[] = [];
  for (let at = 0; at < archive.length;) {
    const head = decoder.decode(archive.subarray(at, at + 110));
    expect(head.slice(0, 6)).toBe('070701');
    const field = (i: number): number => parseInt(head.slice(6 + i * 8, 14 + i * 8), 16);
    const [size, nameSize] = [field(6), field(11)];
    const name = decoder.decode(archive.subarray(at + 110, at + 110 + nameSize - 1));
    const contentAt = (at + 110 + nameSize + 3) & ~3;
    if (name === 'TRAILER!!!') break;
    found.push({ name, mode: field(1), content: decoder.decode(archive.subarray(contentAt, contentAt + size)) });
    at = (contentAt + size + 3) & ~3;
  }
  return found;
}

describe('cpio', () => {
  it('holds files, directories and links with modes', () => {
    const archive = writeCpio([
      { path: 'etc', type: 'directory', mode: 0o755 },
      { path: 'etc/hostname', type: 'file', mode: 0o644, content: new TextEncoder().encode('drydock\n') },
      { path: 'bin', type: 'symlink', mode: 0o777, link: 'usr/bin' },
    ]);
    expect(entries(archive)).toEqual([
      { name: 'etc', mode: 0o040755, content: '' },
      { name: 'etc/hostname', mode: 0o100644, content: 'drydock\n' },
      { name: 'bin', mode: 0o120777, content: 'usr/bin' },
    ]);
    expect(archive.length % 4).toBe(0);
  });

  it('of equal files is equal to the byte', () => {
    const files = [{ path: 'a', type: 'file' as const, mode: 0o600, content: new Uint8Array([1, 2, 3]) }];
    expect(writeCpio(files)).toEqual(writeCpio(structuredClone(files)));
  });
});

describe('tar', () => {
  it('reads what is not there as nothing', () => {
    expect(readTar(new Uint8Array(1024))).toEqual([]);
    expect(readTar(new Uint8Array(0))).toEqual([]);
  });
});
