// A program's functions, by nm, and which of them an address lies in.
import { execFileSync } from 'node:child_process';
import type { CodeFunction } from './pages.ts';

export class Symbols {
  /** Sorted by address; each by one of its names. */
  readonly functions: readonly CodeFunction[];
  readonly #names = new Map<number, string[]>();

  /** Of a program with its symbols. Needs binutils' nm. */
  constructor(path: string) {
    const lines = execFileSync('nm', ['-n', path], { encoding: 'utf8', maxBuffer: 64 << 20 }).split('\n');
    const symbols = lines.map((line) => line.split(' ')).filter(([, kind]) => kind && 'tTwW'.includes(kind));
    const named = symbols.map(([address = '', , name = '']) => ({ name, address: parseInt(address, 16) }));
    for (const { name, address } of named) this.#names.set(address, [...(this.#names.get(address) ?? []), name]);
    const first = named.filter(({ address }, i) => address !== named[i - 1]?.address);
    this.functions = first.map((func, i) => ({
      ...func,
      bytes: (first[i + 1]?.address ?? func.address) - func.address,
    }));
  }

  /** A function's section bears one of its names; which, nm does not tell. */
  names({ address }: CodeFunction): string[] {
    return this.#names.get(address) ?? [];
  }

  at(address: number): CodeFunction | undefined {
    let [low, high] = [0, this.functions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.functions[middle]?.address ?? Infinity) <= address) low = middle + 1;
      else high = middle;
    }
    return this.functions[low - 1];
  }
}
