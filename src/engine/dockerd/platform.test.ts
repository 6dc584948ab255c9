import { describe, expect, it } from 'vitest';
import { formatPlatform, isHostPlatform, parsePlatform } from './platform.ts';

describe('parsePlatform', () => {
  it.each([
    ['linux', 'linux/386'],
    ['arm64', 'linux/arm64'],
    ['Linux/x86_64', 'linux/amd64'],
    ['linux/arm/v7', 'linux/arm/v7'],
    ['foo/bar', 'foo/bar'],
    ['i386', 'linux/386'],
  ])('%s is %s', (text, written) => expect(formatPlatform(parsePlatform(text))).toBe(written));

  it.each([
    ['x', '"x": unknown operating system or architecture: invalid argument'],
    ['a/b/c/d', '"a/b/c/d": cannot parse platform specifier: invalid argument'],
    ['linux/a b', '"a b" is an invalid component of "linux/a b": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument'],
    ['*', '"*": wildcards not yet supported: invalid argument'],
  ])('refuses %s', (text, words) => {
    expect(() => parsePlatform(text)).toThrow(words);
  }); // prettier-ignore

  it('knows its own', () => {
    expect(['linux', 'linux/386', 'linux/i386', '386'].map(isHostPlatform)).toEqual([true, true, true, true]);
    expect(['linux/amd64', 'windows', 'arm64'].map(isHostPlatform)).toEqual([false, false, false]);
  });
});
