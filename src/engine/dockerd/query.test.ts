import { describe, expect, it } from 'vitest';
import { isTrue, Query } from './query.ts';

describe('Query', () => {
  it('decodes names and values', () => {
    const query = new Query('name=a%20b&x=1+2&flag=1&t=3&t=4&empty');
    expect(query.get('name')).toBe('a b');
    expect(query.get('x')).toBe('1 2');
    expect(query.all('t')).toEqual(['3', '4']);
    expect(query.has('empty')).toBe(true);
    expect(query.get('missing')).toBe('');
  });
  it('refuses a malformed escape', () => {
    expect(() => new Query('a=%zz')).toThrow('invalid URL escape');
  });
  it('reads whole numbers only', () => {
    expect(new Query('t=-1').integer('t', 10)).toBe(-1);
    expect(new Query('').integer('t', 10)).toBe(10);
    expect(() => new Query('t=x').integer('t', 10)).toThrow('invalid syntax');
  });
});

it.each([
  ['', false],
  ['0', false],
  ['False', false],
  ['no', false],
  ['none', false],
  ['1', true],
  ['true', true],
  ['anything', true],
])('isTrue(%j) is %s', (text, value) => {
  expect(isTrue(text)).toBe(value);
});
