// The two images that stand on no other: hello-world, one static program of ours, and busybox, one of Debian's.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debEntries, fetchDeb, type LockedPackage } from '../rootfs/deb.ts';
import { SOURCE_DATE_EPOCH } from '../rootfs/output.ts';
import { sorted, type Entry } from '../rootfs/tar.ts';

const common = { uid: 0, gid: 0, mtime: SOURCE_DATE_EPOCH } as const;

export function helloWorld(source: string): Entry[] {
  const scratch = mkdtempSync(join(tmpdir(), 'drydock-hello-'));
  const program = join(scratch, 'hello');
  const flags =
    '-m32 -Os -static -nostdlib -ffreestanding -fno-pic -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables';
  const link = '-s -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noseparate-code -Wl,-n';
  execFileSync('gcc', [...flags.split(' '), ...link.split(' '), '-o', program, source]);
  execFileSync('strip', ['-R', '.comment', '-R', '.note.gnu.property', program]);
  const content = readFileSync(program);
  rmSync(scratch, { recursive: true });
  return [{ ...common, path: 'hello', type: 'file', mode: 0o755, content }];
}

/** Names every applet as a hard link in /bin, as the official image does. */
export function busybox(locked: LockedPackage, etc: string): Entry[] {
  const content = debEntries(fetchDeb(locked)).find((entry) => entry.path === 'bin/busybox')?.content;
  if (content === undefined) throw new Error('busybox-static has no bin/busybox');
  const scratch = mkdtempSync(join(tmpdir(), 'drydock-busybox-'));
  const program = join(scratch, 'busybox');
  writeFileSync(program, content);
  chmodSync(program, 0o755);
  const applets = execFileSync(program, ['--list'], { encoding: 'utf8' }).trim().split('\n').sort();
  rmSync(scratch, { recursive: true });

  const first = 'bin/[';
  const directories: [string, number][] = [
    ...['bin', 'dev', 'etc', 'home', 'usr', 'usr/bin', 'usr/sbin', 'var', 'var/spool', 'var/spool/mail', 'var/www'].map(
      (path): [string, number] => [path, 0o755],
    ),
    ['root', 0o700],
    ['tmp', 0o1777],
  ];
  return sorted([
    ...directories.map(([path, mode]): Entry => ({ ...common, path, type: 'directory', mode })),
    { ...common, path: first, type: 'file', mode: 0o755, content },
    ...applets
      .filter((name) => name !== '[')
      .map((name): Entry => ({ ...common, path: `bin/${name}`, type: 'hardlink', mode: 0o755, link: first })),
    { ...common, path: 'usr/bin/env', type: 'symlink', mode: 0o777, link: '../../bin/env' },
    ...readdirSync(etc).map((name): Entry => {
      const mode = name === 'shadow' ? 0o600 : 0o644;
      return { ...common, path: `etc/${name}`, type: 'file', mode, content: readFileSync(join(etc, name)) };
    }),
  ]);
}
