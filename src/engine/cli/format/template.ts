// Go's text/template, as far as `--format` needs it: fields, pipelines, variables, if/else, range, with, and the
// functions that Docker's client adds (json, join, lower, upper, title, split, println, truncate, pad, table).
// https://pkg.go.dev/text/template

/** A template that cannot be read, or a field that is not there. */
export class TemplateError extends Error {}

type Value = unknown;
type Node =
  | { readonly t: 'text'; readonly text: string }
  | { readonly t: 'pipe'; readonly pipe: Pipe }
  | {
      readonly t: 'if' | 'range' | 'with';
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };
interface Pipe {
  readonly variables: readonly string[];
  readonly stages: readonly (readonly Term[])[];
}
type Term =
  | { readonly t: 'value'; readonly value: Value }
  | { readonly t: 'field'; readonly of?: Term; readonly path: readonly string[] }
  | { readonly t: 'variable'; readonly name: string }
  | { readonly t: 'call'; readonly name: string }
  | { readonly t: 'pipe'; readonly pipe: Pipe };

/** A template ready to run. `render(data)` answers the text. Throws TemplateError. */
export function compileTemplate(source: string): (data: Value) => string {
  const tokens = split(source);
  const { nodes, end } = parseNodes(tokens, 0, false);
  if (end !== tokens.length) throw new TemplateError('unexpected {{end}}');
  return (data) => new Runner(data).run(nodes);
}

interface Token {
  readonly action: boolean;
  readonly text: string;
}

function split(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    if (open < 0) break;
    let close = open + 2;
    for (let quote = ''; close < source.length; close++) {
      const c = source[close] ?? '';
      if (quote) {
        if (c === '\\' && quote === '"') close++;
        else if (c === quote) quote = '';
      } else if (c === '"' || c === '`') quote = c;
      else if (source.startsWith('}}', close)) break;
    }
    if (close >= source.length) throw new TemplateError('unclosed action');
    let before = source.slice(at, open);
    let action = source.slice(open + 2, close);
    at = close + 2;
    if (action.startsWith('- ')) {
      before = before.trimEnd();
      action = action.slice(2);
    }
    if (action.endsWith(' -')) {
      action = action.slice(0, -2);
      while (/\s/.test(source[at] ?? '')) at++;
    }
    if (before) tokens.push({ action: false, text: before });
    tokens.push({ action: true, text: action.trim() });
  }
  if (at < source.length) tokens.push({ action: false, text: source.slice(at) });
  return tokens;
}

function parseNodes(tokens: readonly Token[], from: number, inside: boolean): { nodes: Node[]; end: number } {
  const nodes: Node[] = [];
  let at = from;
  for (; at < tokens.length; at++) {
    const token = tokens[at];
    if (!token) break;
    if (!token.action) {
      nodes.push({ t: 'text', text: token.text });
      continue;
    }
    if (token.text.startsWith('/*')) continue;
    const [word = ''] = /^\w*/.exec(token.text) ?? [];
    if (word === 'end' || word === 'else') {
      if (!inside) throw new TemplateError(`unexpected {{${word}}}`);
      return { nodes, end: at };
    }
    if (word === 'if' || word === 'range' || word === 'with') {
      const block = parseBlock(tokens, at, word, token.text.slice(word.length));
      nodes.push(block.node);
      at = block.end;
    } else nodes.push({ t: 'pipe', pipe: parsePipe(token.text) });
  }
  if (inside) throw new TemplateError('unexpected EOF');
  return { nodes, end: at };
}

function parseBlock(
  tokens: readonly Token[],
  at: number,
  kind: 'if' | 'range' | 'with',
  condition: string,
): { node: Node; end: number } {
  const pipe = parsePipe(condition.trim());
  const body = parseNodes(tokens, at + 1, true);
  const stop = tokens[body.end]?.text ?? '';
  if (stop === 'end') return { node: { t: kind, pipe, body: body.nodes, otherwise: [] }, end: body.end };
  const chained = /^else\s+(if|with)\b(.*)$/s.exec(stop);
  if (chained) {
    const next = parseBlock(tokens, body.end, chained[1] as 'if' | 'with', chained[2] ?? '');
    return { node: { t: kind, pipe, body: body.nodes, otherwise: [next.node] }, end: next.end };
  }
  const other = parseNodes(tokens, body.end + 1, true);
  return { node: { t: kind, pipe, body: body.nodes, otherwise: other.nodes }, end: other.end };
}

function parsePipe(text: string): Pipe {
  const words = lex(text);
  const variables: string[] = [];
  const assign = words.findIndex((word) => word === ':=' || word === '=');
  if (assign > 0) for (const word of words.splice(0, assign + 1)) if (word.startsWith('$')) variables.push(word);
  const reader = { words, at: 0 };
  const stages = parseStages(reader);
  if (reader.at < words.length) throw new TemplateError(`unexpected "${words[reader.at]}" in operand`);
  return { variables, stages };
}

function lex(text: string): string[] {
  const words: string[] = [];
  const shape = /\s*("(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*'|:=|=|\(|\)\.?[\w.]*|\||,|[^\s()|,"`]+)/gy;
  let last = 0;
  for (const found of text.matchAll(shape)) {
    words.push(found[1] ?? '');
    last = (found.index ?? 0) + found[0].length;
  }
  if (text.slice(last).trim()) throw new TemplateError(`unexpected "${text.slice(last).trim()[0]}" in operand`);
  return words;
}

interface Reader {
  readonly words: readonly string[];
  at: number;
}

function parseStages(reader: Reader): Term[][] {
  const stages: Term[][] = [[]];
  for (; reader.at < reader.words.length; reader.at++) {
    const word = reader.words[reader.at] ?? '';
    if (word.startsWith(')')) break;
    if (word === '|') stages.push([]);
    else if (word === '(') {
      reader.at++;
      const inner: Term = { t: 'pipe', pipe: { variables: [], stages: parseStages(reader) } };
      const close = reader.words[reader.at] ?? '';
      if (!close.startsWith(')')) throw new TemplateError('unclosed left paren');
      stages.at(-1)?.push(close.length > 2 ? { t: 'field', of: inner, path: close.slice(2).split('.') } : inner);
    } else if (word !== ',') stages.at(-1)?.push(parseTerm(word));
  }
  if (stages.some((stage) => stage.length === 0)) throw new TemplateError('missing value for command');
  return stages;
}

function parseTerm(word: string): Term {
  if (word.startsWith('"')) return { t: 'value', value: JSON.parse(word.replace(/\\'/g, "'")) as Value };
  if (word.startsWith('`')) return { t: 'value', value: word.slice(1, -1) };
  if (/^-?\d+(\.\d+)?$/.test(word)) return { t: 'value', value: Number(word) };
  if (word === 'true' || word === 'false') return { t: 'value', value: word === 'true' };
  if (word === 'nil') return { t: 'value', value: null };
  if (word === '.') return { t: 'field', path: [] };
  if (word.startsWith('.')) return { t: 'field', path: word.slice(1).split('.') };
  if (word.startsWith('$')) {
    const [name = '$', ...path] = word.split('.');
    const variable: Term = { t: 'variable', name };
    return path.length > 0 ? { t: 'field', of: variable, path } : variable;
  }
  if (/^\w+$/.test(word)) return { t: 'call', name: word };
  throw new TemplateError(`unexpected "${word}" in command`);
}

class Runner {
  #dot: Value;
  #variables = new Map<string, Value>();

  constructor(data: Value) {
    this.#dot = data;
    this.#variables.set('$', data);
  }

  run(nodes: readonly Node[]): string {
    let out = '';
    for (const node of nodes) {
      if (node.t === 'text') out += node.text;
      else if (node.t === 'pipe') {
        const value = this.#pipe(node.pipe);
        if (node.pipe.variables.length === 0) out += print(value);
      } else out += this.#block(node);
    }
    return out;
  }

  #block(node: Node & { t: 'if' | 'range' | 'with' }): string {
    const value = this.#pipe(node.pipe);
    if (!truth(value)) return this.run(node.otherwise);
    if (node.t === 'if') return this.run(node.body);
    const entries: [Value, Value][] = node.t === 'with' ? [[undefined, value]] : entriesOf(value);
    const before = this.#dot;
    let out = '';
    for (const [key, item] of entries) {
      this.#dot = item;
      const [first, second] = node.pipe.variables;
      if (second) {
        this.#variables.set(first ?? '', key);
        this.#variables.set(second, item);
      } else if (first) this.#variables.set(first, item);
      out += this.run(node.body);
    }
    this.#dot = before;
    return out;
  }

  #pipe(pipe: Pipe): Value {
    let value: Value;
    pipe.stages.forEach((stage, i) => {
      const [head, ...rest] = stage;
      if (!head) return;
      const given = rest.map((term) => this.#term(term));
      if (i > 0) given.push(value);
      if (head.t === 'call') value = callFunction(head.name, given);
      else value = called(head, this.#term(head), given);
    });
    const [name] = pipe.variables;
    if (name && pipe.variables.length === 1) this.#variables.set(name, value);
    return value;
  }

  #term(term: Term): Value {
    switch (term.t) {
      case 'value':
        return term.value;
      case 'call':
        return callFunction(term.name, []);
      case 'variable':
        if (!this.#variables.has(term.name)) throw new TemplateError(`undefined variable "${term.name}"`);
        return this.#variables.get(term.name);
      case 'pipe':
        return this.#pipe(term.pipe);
      case 'field':
        return fields(term.of ? this.#term(term.of) : this.#dot, term.path);
    }
  }
}

/** A field may be a method: `.Label "com.example"`. */
function called(head: Term, value: Value, given: readonly Value[]): Value {
  const name = head.t === 'field' ? (head.path.at(-1) ?? '.') : 'value';
  if (typeof value !== 'function') {
    if (given.length > 0) throw new TemplateError(`${name} is not a method but has arguments`);
    return value;
  }
  const method = value as (...values: readonly Value[]) => Value;
  if (given.length !== method.length)
    throw new TemplateError(`wrong number of args for ${name}: want ${method.length} got ${given.length}`);
  return method(...given);
}

function fields(value: Value, path: readonly string[]): Value {
  let at = value;
  for (const name of path) {
    if (at === null || at === undefined) return undefined;
    if (typeof at !== 'object') throw new TemplateError(`can't evaluate field ${name} in type ${typeof at}`);
    const next = (at as Record<string, Value>)[name];
    if (next === undefined && !(name in at)) {
      // A map answers nothing for a key it lacks; a Docker object (its names begin with a capital) is an error.
      if (isRecordOfNames(at)) throw new TemplateError(`map has no entry for key "${name}"`);
      return undefined;
    }
    at = next;
  }
  return at;
}

function isRecordOfNames(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^[A-Z]/.test(key));
}

function entriesOf(value: Value): [Value, Value][] {
  if (Array.isArray(value)) return value.map((item: Value, i) => [i, item]);
  if (typeof value === 'object' && value !== null) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  throw new TemplateError(`range can't iterate over ${print(value)}`);
}

/** Go's truth: not empty, not zero, not nil. */
function truth(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as Go's `%v` prints it. */
function print(value: Value): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(print).join(' ')}]`;
  if (typeof value === 'object') {
    const text = (value as { toString(): string }).toString;
    if (text !== Object.prototype.toString) return String(value);
    return `map[${entriesOf(value)
      .map(([key, item]) => `${print(key)}:${print(item)}`)
      .join(' ')}]`;
  }
  return String(value);
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [print(a), print(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function index(value: Value, ...keys: Value[]): Value {
  let at = value;
  for (const key of keys) {
    if (Array.isArray(at)) {
      const i = Number(key);
      if (i < 0 || i >= at.length) throw new TemplateError(`error calling index: reflect: slice index out of range`);
      at = at[i] as Value;
    } else if (typeof at === 'string') at = at.charCodeAt(Number(key));
    else at = (at as Record<string, Value> | undefined)?.[print(key)];
  }
  return at;
}

const text = (value: Value): string => print(value);
const functions: Readonly<Record<string, (...values: Value[]) => Value>> = {
  json: (value) => JSON.stringify(value ?? null),
  join: (list, separator) => (Array.isArray(list) ? list.map(print).join(text(separator)) : ''),
  split: (value, separator) => text(value).split(text(separator)),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  title: (value) => text(value).replace(/\b\w/g, (c) => c.toUpperCase()),
  pad: (value, before, after) => ' '.repeat(Number(before)) + text(value) + ' '.repeat(Number(after)),
  truncate: (value, length) => text(value).slice(0, Number(length)),
  table: (value) => value,
  len: (value) =>
    typeof value === 'string' || Array.isArray(value)
      ? value.length
      : Object.keys((value as object | null) ?? {}).length,
  index,
  slice: (value, from, to) =>
    (value as string | Value[]).slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
  print: (...values) => values.map(print).join(' '),
  println: (...values) => `${values.map(print).join(' ')}\n`,
  printf: (format, ...values) => printf(text(format), values),
  html: (value) => text(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  urlquery: (value) => encodeURIComponent(text(value)),
  and: (...values) => values.find((value) => !truth(value)) ?? values.at(-1),
  or: (...values) => values.find(truth) ?? values.at(-1),
  not: (value) => !truth(value),
  eq: (value, ...others) => others.some((other) => compare(value, other) === 0),
  ne: (a, b) => compare(a, b) !== 0,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
};

function callFunction(name: string, given: Value[]): Value {
  const call = functions[name];
  if (!call) throw new TemplateError(`function "${name}" not defined`);
  return call(...given);
}

function printf(format: string, values: Value[]): string {
  let next = 0;
  return format.replace(
    /%(-?)(\d*)(?:\.(\d+))?([vsdqtxf%])/g,
    (_, minus: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      const value = values[next++];
      let out = print(value);
      if (verb === 'q') out = JSON.stringify(out);
      if (verb === 'x') out = Number(value).toString(16);
      if (verb === 'f') out = Number(value).toFixed(precision === undefined ? 6 : Number(precision));
      return minus ? out.padEnd(Number(width)) : out.padStart(Number(width));
    },
  );
}
