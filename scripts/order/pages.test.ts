import { describe, expect, it } from 'vitest';
import { type CodeFunction, type CodeUse, pagesOf } from './pages.ts';

const func = (name: string, address: number, bytes: number): CodeFunction => ({ name, address, bytes });
const use = (instructions: [number, number][], flow: [number, number, number][] = []): CodeUse => ({
  instructions: new Map(instructions),
  flow: flow.map(([from, to, weight]) => ({ from, to, weight })),
});
const names = (pages: CodeFunction[][]): string[] => pages.map((page) => page.map(({ name }) => name).join(' '));

describe('functions on pages', () => {
  const [read, write, open, stat] = [
    func('read', 1, 2000),
    func('write', 2, 2000),
    func('open', 3, 2000),
    func('stat', 4, 2000),
  ];

  it('has those together that call each other, the page of most use first', () => {
    const pages = pagesOf([read, write, open, stat], use([[1, 9], [2, 9], [3, 90], [4, 90]], [[1, 2, 5], [4, 3, 5], [2, 3, 1]])); // prettier-ignore
    expect(names(pages)).toEqual(['open stat', 'read write']);
  });

  it('follows the sum of what goes between groups, not each way for itself', () => {
    const [a, b, c, d] = [func('a', 1, 992), func('b', 2, 992), func('c', 3, 2000), func('d', 4, 2112)];
    const flow: [number, number, number][] = [[1, 2, 100], [3, 1, 6], [2, 3, 6], [4, 2, 10]]; // prettier-ignore
    expect(names(pagesOf([a, b, c, d], use([[1, 1], [2, 1], [3, 1], [4, 1]], flow)))).toEqual(['a b c', 'd']); // prettier-ignore
  });

  it('leaves out what did not run, and gives a long function pages of its own', () => {
    const long = func('interpret', 5, 9000);
    const pages = pagesOf([read, write, long], use([[1, 1], [5, 50]], [[1, 5, 100], [1, 2, 100]])); // prettier-ignore
    expect(names(pages)).toEqual(['interpret', 'read']);
  });

  it('fills pages to their end and not beyond, each function aligned', () => {
    const small = Array.from({ length: 512 }, (_, i) => func(`f${i}`, i + 1, 9));
    const pages = pagesOf(small, use(small.map(({ address }) => [address, 1])));
    expect(pages.map((page) => page.length)).toEqual([256, 256]);
  });

  it('says the same of the same samples in another order', () => {
    const all = [read, write, open, stat];
    const instructions: [number, number][] = [[1, 3], [2, 3], [3, 3], [4, 3]]; // prettier-ignore
    const flow: [number, number, number][] = [[1, 2, 5], [2, 3, 5], [3, 4, 5]]; // prettier-ignore
    const pages = names(pagesOf(all, use(instructions, flow)));
    expect(names(pagesOf(all, use(instructions, flow.reverse())))).toEqual(pages);
  });
});
