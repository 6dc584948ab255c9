// Query strings and the spelling of booleans, as the clients of the Engine API write them. Called by the router.
import { invalidParameter } from './errors.ts';

/** The parameters of one request; a repeated name keeps all its values. */
export class Query {
  private readonly values = new Map<string, string[]>();

  constructor(text: string) {
    if (text === '') return;
    for (const pair of text.split('&')) {
      if (pair === '') continue;
      const at = pair.indexOf('=');
      const name = decodeComponent(at < 0 ? pair : pair.slice(0, at));
      const value = at < 0 ? '' : decodeComponent(pair.slice(at + 1));
      const list = this.values.get(name);
      if (list) list.push(value);
      else this.values.set(name, [value]);
    }
  }

  get(name: string): string {
    return this.values.get(name)?.[0] ?? '';
  }

  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  flag(name: string): boolean {
    return isTrue(this.get(name));
  }

  /** A whole number, or fallback when absent; without a fallback it must be there. */
  integer(name: string, fallback?: number): number {
    const text = this.get(name);
    if (text === '' && fallback !== undefined) return fallback;
    if (!/^-?\d+$/.test(text)) throw invalidParameter(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  }
}

/** Docker's rule: everything but these words is true. */
export function isTrue(text: string): boolean {
  const word = text.trim().toLowerCase();
  return !(word === '' || word === '0' || word === 'no' || word === 'false' || word === 'none');
}

/** Percent-decoding; a malformed escape is the client's error. */
export function decodeComponent(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw invalidParameter(`invalid URL escape in ${JSON.stringify(text)}`);
  }
}
