import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import { hasExceptionBeneath, isIgnored, parseIgnore } from './dockerignore.ts';
import { hasWildcards, matchGlob } from './glob.ts';
import { cleanRelative } from './paths.ts';

beforeEach(() => void installDouble());

describe('.dockerignore', () => {
  it.each<[patterns: string, path: string, ignored: boolean]>([
    ['a', 'a', true],
    ['a', 'a/b', true],
    ['a', 'b/a', false],
    ['/a/', 'a', true],
    ['./a', 'a', true],
    ['a/../b', 'b', true],
    ['*', 'x', true],
    ['*', 'x/y', true],
    ['*.md', 'a.md', true],
    ['*.md', 'd/a.md', false],
    ['**/*.md', 'd/e/a.md', true],
    ['**/*.md', 'a.md', true],
    ['**', 'x/y', true],
    ['a/**', 'a', false],
    ['a/**', 'a/b/c', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/bz', false],
    ['*/temp*', 'd/temporary', true],
    ['*/temp*', 'd/e/temp', false],
    ['temp?', 'tempa', true],
    ['temp?', 'temp', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['a.b', 'axb', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['#a', '#a', false],
    [' a ', 'a', true],
    ['*.md\n!README.md', 'README.md', false],
    ['*.md\n!README.md', 'x.md', true],
    ['!README.md\n*.md', 'README.md', true],
    ['dir\n!dir/keep', 'dir/keep', false],
    ['dir\n!dir/keep', 'dir/other', true],
    ['*\n!src\nsrc/*.o', 'src/a.o', true],
    ['*\n!src\nsrc/*.o', 'src/a.c', false],
    ['.', 'x', false],
    ['', 'x', false],
  ])('%j says of %s: %s', (patterns, path, ignored) => {
    expect(isIgnored(parseIgnore(patterns), path)).toBe(ignored);
  });

  it('knows where an exception may bring something back', () => {
    expect(hasExceptionBeneath(parseIgnore('dir\n!dir/keep'), 'dir')).toBe(true);
    expect(hasExceptionBeneath(parseIgnore('dir\n!other'), 'dir')).toBe(false);
    expect(hasExceptionBeneath(parseIgnore('*\n!**/*.md'), 'dir')).toBe(true);
  });
});

describe('patterns of names', () => {
  it.each<[string, string, boolean]>([
    ['*.txt', 'a.txt', true],
    ['*.txt', 'a/b.txt', false],
    ['a[0-9]', 'a5', true],
    ['a[]', 'a', false],
    ['a+(b)', 'a+(b)', true],
  ])('%s matches %s: %s', (pattern, name, matches) => {
    if (pattern === 'a[]') expect(() => matchGlob(pattern, name)).toThrow('syntax error in pattern');
    else expect(matchGlob(pattern, name)).toBe(matches);
  });
  it('tells a pattern from a name', () => {
    expect([hasWildcards('a*'), hasWildcards('a\\*'), hasWildcards('[a]'), hasWildcards('a b')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
  it('a path never leaves its root', () => {
    expect(cleanRelative('/../a/./b/../c/')).toBe('a/c');
  });
});
