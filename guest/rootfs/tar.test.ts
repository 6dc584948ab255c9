import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readTar, sorted, writeTar, type Entry } from './tar.ts';

const common = { uid: 0, gid: 5, mtime: 1000 } as const;
const file = (path: string, content: string): Entry => ({
  ...common,
  path,
  type: 'file',
  mode: 0o4755,
  content: Buffer.from(content),
});

describe('tar', () => {
  it('reads what it writes', () => {
    const entries: Entry[] = [
      { ...common, path: 'bin', type: 'directory', mode: 0o1777 },
      file('bin/a', 'x'.repeat(513)),
      { ...common, path: 'bin/b', type: 'hardlink', mode: 0o4755, link: 'bin/a' },
      { ...common, path: 'bin/c', type: 'symlink', mode: 0o777, link: '../bin/a' },
      { ...common, path: 'dev/null', type: 'character', mode: 0o666, device: [1, 3] },
      file(`${'d'.repeat(120)}/${'e'.repeat(90)}`, ''),
    ];
    expect(readTar(writeTar(entries))).toEqual(entries);
  });

  it('names what ustar cannot in a pax header that GNU tar understands', () => {
    const long = `${'d'.repeat(160)}/${'e'.repeat(160)}`;
    const archive = writeTar([file(long, 'x'), file('é', 'y')]);
    expect(
      execFileSync('tar', ['--quoting-style=literal', '-tf', '-'], {
        input: archive,
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      }),
    ).toBe(`${long}\né\n`);
  });

  it('puts a directory before what is in it', () => {
    expect(sorted([file('a/b', ''), file('a.b', ''), file('a', '')]).map((entry) => entry.path)).toEqual([
      'a',
      'a.b',
      'a/b',
    ]);
  });
});
