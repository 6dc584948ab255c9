import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { difference, readTree } from './layer.ts';

describe('difference', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'drydock-layer-'));
    mkdirSync(join(root, 'etc/apt'), { recursive: true });
    writeFileSync(join(root, 'etc/apt/list'), 'one');
    writeFileSync(join(root, 'etc/passwd'), 'root');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const paths = (change: () => void): string[] => {
    const below = readTree(root);
    change();
    return difference(below, readTree(root)).map((entry) => `${entry.type} ${entry.path}`);
  };

  it('is empty when only times changed', () => {
    expect(paths(() => writeFileSync(join(root, 'etc/passwd'), 'root'))).toEqual([]);
  });

  it('has a changed file with the directories above it', () => {
    expect(paths(() => writeFileSync(join(root, 'etc/apt/list'), 'two'))).toEqual([
      'directory etc',
      'directory etc/apt',
      'file etc/apt/list',
    ]);
  });

  it('has a file whose mode alone changed', () => {
    expect(paths(() => chmodSync(join(root, 'etc/passwd'), 0o4755))).toEqual(['directory etc', 'file etc/passwd']);
  });

  it('has one whiteout for a removed tree', () => {
    expect(paths(() => rmSync(join(root, 'etc/apt'), { recursive: true }))).toEqual([
      'directory etc',
      'file etc/.wh.apt',
    ]);
  });

  it('has a whiteout for a name at the top without a slash before it', () => {
    expect(paths(() => rmSync(join(root, 'etc'), { recursive: true }))).toEqual(['file .wh.etc']);
  });

  it('stores a hard link as a link if its first name is in the layer, else as a file', () => {
    expect(
      paths(() => {
        writeFileSync(join(root, 'a'), 'new');
        linkSync(join(root, 'a'), join(root, 'b'));
        linkSync(join(root, 'etc/passwd'), join(root, 'etc/zz'));
        symlinkSync('a', join(root, 'c'));
      }),
    ).toEqual(['file a', 'hardlink b', 'symlink c', 'directory etc', 'file etc/zz']);
  });
});
