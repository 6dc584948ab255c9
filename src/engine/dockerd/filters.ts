// The `filters` parameter: {"label":["a=b"],"status":["running"]}, or since API 1.22 {"label":{"a=b":true}}. Values of
// one name are alternatives (for labels: all must hold), different names must all hold. Called by every list and prune.
import { invalidParameter } from './errors.ts';
import { isTrue } from './query.ts';

export class Filters {
  private constructor(private readonly fields: ReadonlyMap<string, readonly string[]>) {}

  static readonly none = new Filters(new Map());

  /** Parses the JSON; a name that is not in `accepted` is refused as Docker refuses it. */
  static parse(text: string, accepted: readonly string[]): Filters {
    if (text === '') return Filters.none;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw invalidParameter('invalid filter');
    }
    if (value === null) return Filters.none;
    if (typeof value !== 'object' || Array.isArray(value)) throw invalidParameter('invalid filter');
    const fields = new Map<string, string[]>();
    for (const [name, set] of Object.entries(value as Record<string, unknown>)) {
      if (!accepted.includes(name)) throw invalidParameter(`invalid filter '${name}'`);
      fields.set(name, valuesOf(set));
    }
    return new Filters(fields);
  }

  get isEmpty(): boolean {
    return this.fields.size === 0;
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }

  get(name: string): readonly string[] {
    return this.fields.get(name) ?? [];
  }

  /** No such filter, or one of its values is exactly `value`. */
  exact(name: string, value: string): boolean {
    const wanted = this.fields.get(name);
    return wanted === undefined || wanted.length === 0 || wanted.includes(value);
  }

  /** No such filter, or one of its values matches: as a regular expression, which is how Docker reads names and ids. */
  match(name: string, value: string): boolean {
    const wanted = this.fields.get(name);
    if (wanted === undefined || wanted.length === 0) return true;
    return wanted.some((pattern) => pattern === value || matchesPattern(pattern, value));
  }

  /** No such filter, or some value passes the test. */
  any(name: string, test: (value: string) => boolean): boolean {
    const wanted = this.fields.get(name);
    return wanted === undefined || wanted.length === 0 || wanted.some(test);
  }

  /** Every `label` filter holds (`key` or `key=value`), and no `label!` filter does. */
  labels(labels: Readonly<Record<string, string>> | null | undefined): boolean {
    return (
      this.get('label').every((wanted) => hasLabel(labels, wanted)) &&
      !(this.has('label!') && this.get('label!').every((unwanted) => hasLabel(labels, unwanted)))
    );
  }

  /** A filter that is a yes or no: its value, or fallback when absent. */
  bool(name: string, fallback: boolean): boolean {
    const [value] = this.get(name);
    if (value === undefined) return fallback;
    if (!/^(1|0|t|f|true|false)$/i.test(value)) throw invalidParameter(`invalid filter '${name}=[${value}]'`);
    return isTrue(value) && !/^f/i.test(value);
  }
}

function valuesOf(set: unknown): string[] {
  if (Array.isArray(set) && set.every((value) => typeof value === 'string')) return set;
  if (typeof set === 'object' && set !== null && !Array.isArray(set)) {
    return Object.entries(set)
      .filter(([, on]) => on === true)
      .map(([value]) => value);
  }
  throw invalidParameter('invalid filter');
}

function hasLabel(labels: Readonly<Record<string, string>> | null | undefined, wanted: string): boolean {
  const at = wanted.indexOf('=');
  const value = labels?.[at < 0 ? wanted : wanted.slice(0, at)];
  return value !== undefined && (at < 0 || value === wanted.slice(at + 1));
}

function matchesPattern(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return false;
  }
}
