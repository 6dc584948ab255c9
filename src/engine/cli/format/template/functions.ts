// The functions of Go's text/template, and those that Docker's client adds: json, join, split, lower, upper, title, pad, truncate, println, table.
// `and` and `or` are in run.ts: they leave arguments alone.
import { entriesOf, print, truth, typeName, type Value } from './values.ts';

/** s: text, i: a whole number, l: a list of texts, *: anything; `more` takes any number of further ones. */
interface GoFunction {
  readonly takes: string;
  readonly more?: boolean;
  readonly call: (...given: Value[]) => Value;
}

/** The words of a function's own failure; run.ts puts `error calling NAME: ` before them. */
export class CallError extends Error {}

const text = (value: Value): string => value as string;

function comparison(name: string, holds: (order: number) => boolean): GoFunction {
  return {
    takes: '**',
    call: (a, b) => {
      if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
      if (name !== 'ne' && (typeof a === 'object' || typeof a === 'boolean'))
        throw new CallError('invalid type for comparison');
      return holds(order(a, b));
    },
  };
}

function order(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [print(a), print(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function equal(value: Value, ...others: Value[]): boolean {
  if (others.length === 0) throw new CallError('missing argument for comparison');
  for (const other of others) {
    const nil = value === null || other === null || value === undefined || other === undefined;
    if (!nil && typeof value !== typeof other) throw new CallError('incompatible types for comparison');
    if (order(value, other) === 0) return true;
  }
  return false;
}

function indexBy(at: Value, key: Value): Value {
  if (at === null || at === undefined) throw new CallError('index of untyped nil');
  if (Array.isArray(at) || typeof at === 'string') {
    if (typeof key !== 'number') throw new CallError(`cannot index slice/array with type ${typeName(key, true)}`);
    if (key < 0 || key >= at.length) throw new CallError(`index out of range: ${key}`);
    return typeof at === 'string' ? at.charCodeAt(key) : (at[key] as Value);
  }
  if (typeof at !== 'object') throw new CallError(`can't index item of type ${typeName(at)}`);
  if (typeof key !== 'string') throw new CallError(`value has type ${typeName(key, true)}; should be string`);
  return (at as Record<string, Value>)[key];
}

function slice(value: Value, ...bounds: Value[]): Value {
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new CallError(`can't slice item of type ${typeName(value)}`);
  for (const bound of bounds) {
    if (typeof bound !== 'number') throw new CallError(`cannot index slice/array with type ${typeName(bound, true)}`);
    if (bound < 0 || bound > value.length) throw new CallError(`index out of range: ${bound}`);
  }
  const [from = 0, to = value.length] = bounds as number[];
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  return value.slice(from, to);
}

function length(value: Value): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  if (value === null || value === undefined) throw new CallError('len of nil pointer');
  if (typeof value !== 'object') throw new CallError(`len of type ${typeName(value, true)}`);
  return entriesOf(value).length;
}

/** Go's Sprint puts spaces between operands where neither is text. */
function sprint(...values: Value[]): string {
  return values.reduce<string>((out, value, i) => {
    const gap = i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string' ? ' ' : '';
    return out + gap + print(value);
  }, '');
}

/** https://pkg.go.dev/fmt, as far as formats of one line need it. */
function sprintf(format: string, ...values: Value[]): string {
  let next = 0;
  const out = format.replace(
    /%([-+0 #]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const value = values[next++];
      const said = verbatim(value, verb, precision);
      if (said === undefined) return `%!${verb}(${typeName(value, true)}=${print(value)})`;
      if (flags.includes('-')) return said.padEnd(Number(width));
      return said.padStart(Number(width), flags.includes('0') && typeof value === 'number' ? '0' : ' ');
    },
  );
  const extra = values.slice(next).map((value) => `${typeName(value, true)}=${print(value)}`);
  return extra.length > 0 ? `${out}%!(EXTRA ${extra.join(', ')})` : out;
}

function verbatim(value: Value, verb: string, precision: string | undefined): string | undefined {
  const digits = precision === undefined ? undefined : Number(precision);
  const whole = typeof value === 'number' && Number.isInteger(value) ? value : undefined;
  switch (verb) {
    case 'v':
      return print(value);
    case 's':
      return typeof value === 'number' || typeof value === 'boolean' ? undefined : print(value).slice(0, digits);
    case 'q':
      return typeof value === 'string' ? JSON.stringify(value) : undefined;
    case 't':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'T':
      return typeName(value, true);
    case 'd':
      return whole === undefined ? undefined : String(whole);
    case 'c':
      return whole === undefined ? undefined : String.fromCodePoint(whole);
    case 'x':
    case 'X': {
      const hex =
        whole?.toString(16) ??
        (typeof value === 'string'
          ? [...value].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')
          : undefined);
      return verb === 'X' ? hex?.toUpperCase() : hex;
    }
    case 'f':
      return typeof value === 'number' && whole === undefined ? value.toFixed(digits ?? 6) : undefined;
    default:
      return undefined;
  }
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
const query = (value: string): string =>
  encodeURIComponent(value)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const functions: Readonly<Record<string, GoFunction>> = {
  json: { takes: '*', call: (value) => JSON.stringify(value ?? null) },
  join: { takes: 'ls', call: (list, separator) => (list as readonly string[]).join(text(separator)) },
  split: { takes: 'ss', call: (value, separator) => text(value).split(text(separator)) },
  lower: { takes: 's', call: (value) => text(value).toLowerCase() },
  upper: { takes: 's', call: (value) => text(value).toUpperCase() },
  title: { takes: 's', call: (value) => text(value).replace(/(^|[^\p{L}\p{Nd}_'])\p{L}/gu, (c) => c.toUpperCase()) },
  pad: { takes: 'sii', call: (value, before, after) => (value === '' ? '' : ' '.repeat(Number(before)) + text(value) + ' '.repeat(Number(after))) }, // prettier-ignore
  truncate: { takes: 'si', call: (value, most) => text(value).slice(0, Number(most)) },
  table: { takes: '*', call: (value) => value },
  len: { takes: '*', call: length },
  index: { takes: '*', more: true, call: (value, ...keys) => keys.reduce(indexBy, value) },
  slice: { takes: '*', more: true, call: slice },
  print: { takes: '', more: true, call: sprint },
  println: { takes: '', more: true, call: (...values) => `${values.map(print).join(' ')}\n` },
  printf: { takes: 's', more: true, call: (format, ...values) => sprintf(text(format), ...values) },
  html: { takes: '', more: true, call: (...values) => sprint(...values).replace(/[&<>"']/g, (c) => HTML[c] ?? c) },
  js: { takes: '', more: true, call: (...values) => sprint(...values).replace(/[\\'"]/g, (c) => `\\${c}`).replace(/[<>&=]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`) }, // prettier-ignore
  urlquery: { takes: '', more: true, call: (...values) => query(sprint(...values)) },
  and: { takes: '*', more: true, call: (...values) => values.find((value) => !truth(value)) ?? values.at(-1) },
  or: { takes: '*', more: true, call: (...values) => values.find(truth) ?? values.at(-1) },
  not: { takes: '*', call: (value) => !truth(value) },
  eq: { takes: '*', more: true, call: equal },
  ne: { takes: '**', call: (a, b) => !equal(a, b) },
  lt: comparison('lt', (order) => order < 0),
  le: comparison('le', (order) => order <= 0),
  gt: comparison('gt', (order) => order > 0),
  ge: comparison('ge', (order) => order >= 0),
};
