// Go's text/template, step 3: the tree on some data. After its exec.go: what was looked at last is what a failure points at.
import { CallError, functions } from './functions.ts';
import { TemplateError, type Command, type Node, type Operand, type Pipe, type Tree } from './parse.ts';
import { entriesOf, fieldOf, isStruct, print, truth, typeName, type Method, type Value } from './values.ts';

/** A row's Go type where its fields are methods; without, the data are JSON's maps. */
export interface DataKind {
  readonly type?: string;
}

/** Throws TemplateError. */
export function run(tree: Tree, data: Value, kind: DataKind): string {
  const runner = new Runner(tree, data, kind);
  runner.list(tree.nodes);
  return runner.out;
}

type Block = Extract<Node, { readonly body: readonly Node[] }>;

/** `{{break}}` and `{{continue}}` on their way out to their range. */
class LoopExit extends Error {
  constructor(readonly how: 'break' | 'continue') {
    super(how);
  }
}

class Runner {
  out = '';
  #dot: Value;
  #variables: [name: string, value: Value][];
  /** What a message points at. */
  #at: { readonly at: number; readonly text: string } = { at: 0, text: '' };

  constructor(
    readonly tree: Tree,
    readonly data: Value,
    readonly kind: DataKind,
  ) {
    this.#dot = data;
    this.#variables = [['$', data]];
  }

  #fail(message: string): never {
    const before = this.tree.source.slice(0, this.#at.at);
    const line = before.split('\n').length;
    const column = this.#at.at - (before.lastIndexOf('\n') + 1);
    const { name } = this.tree;
    throw new TemplateError(
      `template: ${name}:${line}:${column}: executing ${JSON.stringify(name)} at <${this.#at.text}>: ${message}`,
    );
  }

  list(nodes: readonly Node[]): void {
    for (const node of nodes) this.#node(node);
  }

  #node(node: Node): void {
    switch (node.t) {
      case 'text':
        this.out += node.text;
        return;
      case 'action': {
        const value = this.#pipe(node.pipe);
        if (node.pipe.variables.length === 0) this.out += print(value);
        return;
      }
      case 'break':
      case 'continue':
        throw new LoopExit(node.t);
      case 'template':
        return this.#template(node);
      default: {
        const mark = this.#variables.length;
        const value = this.#pipe(node.pipe);
        if (node.t === 'range') this.#range(node, value);
        else if (!truth(value)) this.list(node.otherwise);
        else this.#with(node.t === 'with' ? value : this.#dot, () => this.list(node.body));
        this.#variables.length = mark;
      }
    }
  }

  #with(dot: Value, act: () => void): void {
    const before = this.#dot;
    this.#dot = dot;
    act();
    this.#dot = before;
  }

  #range(node: Block, value: Value): void {
    const items = this.#items(value);
    if (items.length === 0) return this.list(node.otherwise);
    const before = this.#dot;
    const mark = this.#variables.length;
    const { variables } = node.pipe;
    for (const [key, item] of items) {
      this.#dot = item;
      const [first, second] = variables;
      if (second) this.#set(second, item);
      if (first) this.#set(first, second ? key : item);
      try {
        this.list(node.body);
      } catch (exit) {
        if (!(exit instanceof LoopExit)) throw exit;
        if (exit.how === 'break') break;
      } finally {
        this.#variables.length = mark;
      }
    }
    this.#dot = before;
  }

  #items(value: Value): [Value, Value][] {
    if (Array.isArray(value)) return value.map((item: Value, i) => [i, item]);
    if (typeof value === 'number') return Array.from({ length: value }, (_, i) => [i, i]);
    if (value === null || value === undefined) return [];
    if (typeof value !== 'object') return this.#fail(`range can't iterate over ${print(value)}`);
    return entriesOf(value);
  }

  #template(node: Node & { t: 'template' }): void {
    this.#at = node;
    const body = this.tree.defined.get(node.name);
    if (!body) this.#fail(`template ${JSON.stringify(node.name)} not defined`);
    const dot = node.pipe ? this.#pipe(node.pipe) : undefined;
    const outer = this.#variables;
    this.#variables = [['$', dot]];
    this.#with(dot, () => this.list(body));
    this.#variables = outer;
  }

  #set(name: string, value: Value): void {
    this.#variables.push([name, value]);
  }

  #pipe(pipe: Pipe): Value {
    this.#at = pipe;
    let value: Value;
    pipe.commands.forEach((command, i) => {
      value = this.#command(command, i === 0 ? [] : [value]);
    });
    if (pipe.assigns) {
      for (const name of pipe.variables) {
        const known = this.#variables.findLast(([one]) => one === name);
        if (known) known[1] = value;
      }
    } else if (pipe.variables.length === 1) this.#set(pipe.variables[0] ?? '', value);
    return value;
  }

  /** `final` is what the stage before it answered. */
  #command(command: Command, final: readonly Value[]): Value {
    const [head, ...rest] = command.words;
    if (!head) return undefined;
    if (head.t === 'function') return this.#function(head.name, head, command, rest, final);
    if (head.t === 'field' || head.t === 'chain' || head.t === 'variable') return this.#called(head, rest, final);
    this.#at = head;
    if (rest.length + final.length > 0) this.#fail(`can't give argument to non-function ${head.text}`);
    if (head.t === 'nil') this.#fail('nil is not a command');
    return this.#operand(head);
  }

  #function(name: string, at: Operand, command: Command, rest: readonly Operand[], final: readonly Value[]): Value {
    this.#at = at;
    const found = functions[name];
    if (!found) return this.#fail(`${JSON.stringify(name)} is not a defined function`);
    const { takes, more, call } = found;
    const count = rest.length + final.length;
    if (more ? count < takes.length : count !== takes.length)
      this.#fail(`wrong number of args for ${name}: want ${more ? 'at least ' : ''}${takes.length} got ${count}`);
    if (name === 'and' || name === 'or') return this.#lazily(name, rest, final);
    const given = [...rest.map((operand, i) => this.#argument(operand, takes[i] ?? '*')), ...final];
    if (final.length > 0) this.#check(final[0], takes[rest.length] ?? '*', false);
    try {
      return call(...given);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#at = command;
      return this.#fail(`error calling ${name}: ${error.message}`);
    }
  }

  /** and, or: up to the argument that decides. */
  #lazily(name: 'and' | 'or', rest: readonly Operand[], final: readonly Value[]): Value {
    let value: Value;
    for (const operand of rest) {
      value = this.#operand(operand);
      if (truth(value) === (name === 'or')) return value;
    }
    return final.length > 0 ? final[0] : value;
  }

  #argument(operand: Operand, type: string): Value {
    this.#at = operand;
    const value = this.#operand(operand);
    this.#check(value, type, operand.t === 'constant', operand.text);
    return value;
  }

  #check(value: Value, type: string, constant: boolean, text = ''): void {
    const wanted = { s: 'string', i: 'int', l: '[]string' }[type];
    if (wanted === undefined) return;
    const is =
      type === 's' ? typeof value === 'string' : type === 'i' ? typeof value === 'number' : Array.isArray(value);
    if (is) return;
    if (constant) this.#fail(type === 'i' ? `expected integer; found ${text}` : `expected string; found ${text}`);
    if (value === null || value === undefined) this.#fail(`invalid value; expected ${wanted}`);
    this.#fail(`wrong type for value; expected ${wanted}; got ${typeName(value)}`);
  }

  /** A field may be a method: `.Label "com.example"`. */
  #called(head: Operand & { path: readonly string[] }, rest: readonly Operand[], final: readonly Value[]): Value {
    const value = this.#operand(head);
    this.#at = head;
    const name = head.path.at(-1) ?? head.text;
    const count = rest.length + final.length;
    if (typeof value === 'function') {
      const method = value as Method;
      if (count !== method.length) this.#fail(`wrong number of args for ${name}: want ${method.length} got ${count}`);
      return method(...rest.map((operand) => this.#argument(operand, 's')), ...final);
    }
    if (count > 0) {
      if (head.path.length === 0) this.#fail(`can't give argument to non-function ${head.text}`);
      if (this.kind.type !== undefined) this.#fail(`wrong number of args for ${name}: want 0 got ${count}`);
      this.#fail(`${name} is not a method but has arguments`);
    }
    return value;
  }

  #operand(operand: Operand): Value {
    switch (operand.t) {
      case 'constant':
        return operand.value;
      case 'nil':
        return null;
      case 'dot':
        return this.#dot;
      case 'function':
        return this.#function(operand.name, operand, { at: operand.at, text: operand.text, words: [operand] }, [], []);
      case 'pipe':
        return this.#pipe(operand.pipe);
      case 'field':
        this.#at = operand;
        return this.#fields(this.#dot, operand.path);
      case 'variable': {
        this.#at = operand;
        return this.#fields(this.#variables.findLast(([name]) => name === operand.name)?.[1], operand.path);
      }
      case 'chain': {
        const value = this.#operand(operand.of);
        this.#at = operand;
        return this.#fields(value, operand.path);
      }
    }
  }

  #fields(value: Value, path: readonly string[]): Value {
    let at = value;
    let parent = '';
    for (const name of path) {
      if (at === null || at === undefined) return undefined;
      const typed = this.kind.type;
      if (typeof at !== 'object' || Array.isArray(at))
        return this.#fail(
          `can't evaluate field ${name} in type ${typed !== undefined ? typeName(at) : 'interface {}'}`,
        );
      const found = fieldOf(at, name, parent);
      if (!found) {
        if (typed !== undefined && at === this.data) this.#fail(`can't evaluate field ${name} in type ${typed}`);
        // A map answers nothing for a key it lacks; one of Docker's structs is an error.
        if (isStruct(at, parent)) this.#fail(`map has no entry for key ${JSON.stringify(name)}`);
        return undefined;
      }
      at = found.value;
      parent = name;
    }
    return at;
  }
}
