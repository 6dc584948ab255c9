import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import { tarHeader, tarPadding, TAR_END } from './tar-entry.ts';

installDouble();

it('writes what tar(1) reads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-tar-'));
  const content = Buffer.from('hello\n');
  const parts = [
    tarHeader('blobs/', 0, 0),
    tarHeader('blobs/f', content.length, 86_400),
    content,
    tarPadding(content.length),
    TAR_END,
  ];
  writeFileSync(join(folder, 'a.tar'), Buffer.concat(parts));
  const list = execFileSync('tar', ['--utc', '-tvf', 'a.tar'], { cwd: folder, encoding: 'utf8' });
  expect(list.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 blobs/',
    '-rw-r--r-- 0/0 6 1970-01-02 00:00 blobs/f',
    '',
  ]);
  expect(execFileSync('tar', ['-xOf', 'a.tar', 'blobs/f'], { cwd: folder, encoding: 'utf8' })).toBe('hello\n');
  rmSync(folder, { recursive: true });
});

it('pads to whole blocks', () => {
  expect([0, 1, 511, 512, 513].map((size) => tarPadding(size).length)).toEqual([0, 511, 1, 0, 511]);
});
