// Go's text/template, step 2: from tokens to a tree, with the words of Go's own parser for what is wrong. After its parse/parse.go
import { tokenize, type Token } from './lex.ts';
import { unquote, type Value } from './values.ts';

/** A template that cannot be read, or could not be run; the message is whole: `template: NAME:1: …`. */
export class TemplateError extends Error {}

/** `at` is where a message about it points, `text` how it is written there. */
interface Place {
  readonly at: number;
  readonly text: string;
}
export type Operand = Place &
  (
    | { readonly t: 'constant'; readonly value: Value }
    | { readonly t: 'nil' | 'dot' }
    | { readonly t: 'field'; readonly path: readonly string[] }
    | { readonly t: 'variable'; readonly name: string; readonly path: readonly string[] }
    | { readonly t: 'function'; readonly name: string }
    | { readonly t: 'chain'; readonly of: Operand; readonly path: readonly string[] }
    | { readonly t: 'pipe'; readonly pipe: Pipe }
  );
export type Command = Place & { readonly words: readonly Operand[] };
export type Pipe = Place & {
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
};
export type Node =
  | { readonly t: 'text'; readonly text: string }
  | { readonly t: 'action'; readonly pipe: Pipe }
  | { readonly t: 'break' | 'continue' }
  | (Place & { readonly t: 'template'; readonly name: string; readonly pipe: Pipe | undefined })
  | {
      readonly t: 'if' | 'range' | 'with';
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };
export interface Tree {
  readonly name: string;
  readonly source: string;
  readonly nodes: readonly Node[];
  /** What `define` and `block` made. */
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

/** Throws TemplateError. `hasFunction` tells which names may be called. */
export function parse(source: string, name: string, hasFunction: (name: string) => boolean): Tree {
  return new Parser(source, name, hasFunction).tree();
}

const CONSTANTS = ['constant', 'nil', 'dot'];

class Parser {
  readonly #tokens: readonly Token[];
  readonly #defined = new Map<string, readonly Node[]>();
  #next = 0;
  #variables = ['$'];
  #ranges = 0;

  constructor(
    readonly source: string,
    readonly name: string,
    readonly hasFunction: (name: string) => boolean,
  ) {
    this.#tokens = tokenize(source);
  }

  tree(): Tree {
    const { nodes, end } = this.#list();
    if (end) this.#fail(`unexpected {{${end}}}`);
    return { name: this.name, source: this.source, nodes, defined: this.#defined };
  }

  #fail(message: string): never {
    const line = this.source.slice(0, this.#peek().pos).split('\n').length;
    throw new TemplateError(`template: ${this.name}:${line}: ${message}`);
  }

  #unexpected(token: Token, context: string): never {
    if (token.kind === 'error') this.#fail(token.text);
    if (token.kind === 'EOF') this.#fail('unexpected EOF');
    const text = token.kind === 'right' ? '}}' : token.text;
    const shown = token.kind === 'keyword' ? `<${text}>` : text.length > 10 ? `${quoted(text.slice(0, 10))}...` : quoted(text); // prettier-ignore
    return this.#fail(`unexpected ${shown} in ${context}`);
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'EOF', text: '', pos: this.source.length };
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'EOF' && token.kind !== 'error') this.#next++;
    return token;
  }

  #peekNonSpace(): Token {
    while (this.#peek().kind === 'space') this.#next++;
    return this.#peek();
  }

  #takeNonSpace(): Token {
    this.#peekNonSpace();
    return this.#take();
  }

  #expectRight(context: string): void {
    const token = this.#takeNonSpace();
    if (token.kind !== 'right') this.#unexpected(token, context);
  }

  /** Nodes up to an `end` or `else`, which is taken (`else if` up to its `if`), or to the end of the source. */
  #list(): { nodes: Node[]; end: 'end' | 'else' | undefined } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'EOF') return { nodes, end: undefined };
      if (token.kind === 'text') nodes.push({ t: 'text', text: token.text });
      else if (token.kind === 'left') {
        const word = this.#peekNonSpace();
        if (word.kind === 'keyword' && (word.text === 'end' || word.text === 'else')) {
          this.#take();
          const after = this.#peekNonSpace();
          const chained = word.text === 'else' && after.kind === 'keyword' && /^(if|with)$/.test(after.text);
          if (!chained) this.#expectRight(word.text);
          return { nodes, end: word.text };
        }
        const node = this.#action();
        if (node) nodes.push(node);
      } else this.#unexpected(token, 'input');
    }
  }

  /** As #list, inside a block: the source may not end here. */
  #body(): { nodes: Node[]; end: 'end' | 'else' } {
    const { nodes, end } = this.#list();
    return end ? { nodes, end } : this.#fail('unexpected EOF');
  }

  #action(): Node | undefined {
    const token = this.#peekNonSpace();
    if (token.kind !== 'keyword') return { t: 'action', pipe: this.#pipeline('command', 'right') };
    this.#take();
    switch (token.text) {
      case 'break':
      case 'continue':
        this.#expectRight(`{{${token.text}}}`);
        if (this.#ranges === 0) this.#fail(`{{${token.text}}} outside {{range}}`);
        return { t: token.text };
      case 'define':
      case 'block':
      case 'template':
        return this.#named(token.text);
      default:
        return this.#control(token.text as 'if' | 'range' | 'with');
    }
  }

  #named(keyword: 'define' | 'block' | 'template'): Node | undefined {
    const token = this.#takeNonSpace();
    if (token.kind !== 'string' && token.kind !== 'raw string') this.#unexpected(token, `${keyword} clause`);
    const name = String(unquote(token.text));
    const place = { at: token.pos, text: `{{template ${token.text}}}` };
    let pipe: Pipe | undefined;
    if (keyword === 'define' || (keyword === 'template' && this.#peekNonSpace().kind === 'right'))
      this.#expectRight(`${keyword} clause`);
    else pipe = this.#pipeline(`${keyword} clause`, 'right');
    if (keyword !== 'template') {
      const [outer, ranges] = [this.#variables, this.#ranges];
      [this.#variables, this.#ranges] = [['$'], 0];
      const { nodes, end } = this.#body();
      if (end !== 'end') this.#fail(`unexpected {{${end}}} in ${keyword} clause`);
      [this.#variables, this.#ranges] = [outer, ranges];
      this.#defined.set(name, nodes);
    }
    return keyword === 'define' ? undefined : { t: 'template', name, pipe, ...place };
  }

  #control(kind: 'if' | 'range' | 'with'): Node {
    const outer = [...this.#variables];
    const pipe = this.#pipeline(kind, 'right');
    if (kind === 'range') this.#ranges++;
    const { nodes: body, end } = this.#body();
    if (kind === 'range') this.#ranges--;
    let otherwise: Node[] = [];
    if (end === 'else') {
      const chained = this.#peekNonSpace();
      if (chained.kind === 'keyword' && chained.text === kind) {
        this.#take();
        otherwise = [this.#control(kind)];
      } else {
        if (chained.kind === 'keyword') this.#unexpected(chained, 'else');
        const other = this.#body();
        if (other.end !== 'end') this.#fail(`expected end; found {{${other.end}}}`);
        otherwise = other.nodes;
      }
    }
    this.#variables = outer;
    return { t: kind, pipe, body, otherwise };
  }

  #pipeline(context: string, end: 'right' | ')'): Pipe {
    const at = this.#peekNonSpace().pos;
    const { variables, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#peekNonSpace();
      if (token.kind === end) {
        this.#take();
        break;
      }
      if (!STARTS.has(token.kind)) this.#unexpected(token, context);
      commands.push(this.#command());
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    commands.forEach(({ words: [first] }, i) => {
      if (i > 0 && first && CONSTANTS.includes(first.t))
        this.#fail(`non executable command in pipeline stage ${i + 1}`);
    });
    const names = variables.length > 0 ? `${variables.join(', ')} ${assigns ? '=' : ':='} ` : '';
    return { at, text: names + commands.map(({ text }) => text).join(' | '), variables, assigns, commands };
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
  #declarations(context: string): { variables: string[]; assigns: boolean } {
    const variables: string[] = [];
    for (;;) {
      const start = this.#next;
      const variable = this.#peekNonSpace();
      if (variable.kind !== 'variable') return { variables, assigns: false };
      this.#take();
      const next = this.#peekNonSpace();
      if (next.kind === ':=' || next.kind === '=' || (next.kind === 'char' && next.text === ',')) {
        this.#take();
        variables.push(variable.text);
        this.#variables.push(variable.text);
        if (next.kind === ':=' || next.kind === '=') return { variables, assigns: next.kind === '=' };
        if (context !== 'range' || variables.length > 1) this.#fail(`too many declarations in ${context}`);
        if (this.#peekNonSpace().kind !== 'variable') this.#fail('range can only initialize variables');
        continue;
      }
      this.#next = start;
      return { variables, assigns: false };
    }
  }

  #command(): Command {
    const at = this.#peekNonSpace().pos;
    const words: Operand[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand) words.push(operand);
      const token = this.#peek();
      if (token.kind === 'right' || token.kind === ')') break;
      this.#take();
      if (token.kind === 'space') continue;
      if (token.kind === '|') break;
      this.#unexpected(token, 'operand');
    }
    if (words.length === 0) this.#fail('empty command');
    return { at, text: words.map(({ text }) => text).join(' '), words };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (!term || this.#peek().kind !== 'field') return term;
    const at = this.#peek().pos;
    const path: string[] = [];
    while (this.#peek().kind === 'field') path.push(this.#take().text.slice(1));
    const text = `${term.text}.${path.join('.')}`;
    if (term.t === 'field' || term.t === 'variable') return { ...term, at, text, path: [...term.path, ...path] };
    if (CONSTANTS.includes(term.t)) this.#fail(`unexpected . after term ${quoted(term.text)}`);
    return { t: 'chain', of: term, path, at, text };
  }

  #term(): Operand | undefined {
    const token = this.#peek();
    const place = { at: token.pos, text: token.text };
    if (!STARTS.has(token.kind)) return undefined;
    this.#take();
    switch (token.kind) {
      case 'identifier':
        if (!this.hasFunction(token.text)) this.#fail(`function ${quoted(token.text)} not defined`);
        return { t: 'function', name: token.text, ...place };
      case 'dot':
      case 'nil':
        return { t: token.kind, ...place };
      case 'variable':
        if (!this.#variables.includes(token.text)) this.#fail(`undefined variable ${quoted(token.text)}`);
        return { t: 'variable', name: token.text, path: [], ...place };
      case 'field':
        return { t: 'field', path: [token.text.slice(1)], ...place };
      case 'bool':
        return { t: 'constant', value: token.text === 'true', ...place };
      case 'number':
        return { t: 'constant', value: Number(token.text.replaceAll('_', '')), ...place };
      case '(': {
        const pipe = this.#pipeline('parenthesized pipeline', ')');
        return { t: 'pipe', pipe, at: token.pos, text: `(${pipe.text})` };
      }
      default: {
        const value = unquote(token.text);
        return value === undefined ? this.#fail('invalid syntax') : { t: 'constant', value, ...place };
      }
    }
  }
}

const STARTS: ReadonlySet<string> = new Set([
  'identifier', 'dot', 'nil', 'variable', 'field', 'bool', 'number', 'char constant', 'string', 'raw string', '(',
]); // prettier-ignore

const quoted = (text: string): string => JSON.stringify(text);
