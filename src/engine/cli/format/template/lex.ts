// Go's text/template, step 1: from source to tokens. https://pkg.go.dev/text/template, after its parse/lex.go
import { printRune } from './values.ts';

export type TokenKind =
  | 'text' | 'left' | 'right' | 'space' | 'field' | 'variable' | 'identifier' | 'keyword' | 'dot' | 'nil' | 'bool'
  | 'number' | 'char constant' | 'string' | 'raw string' | '(' | ')' | '|' | ':=' | '=' | 'char' | 'error' | 'EOF'; // prettier-ignore

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the source. */
  readonly pos: number;
}

const KEYWORDS = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);
const LETTER = /[\p{L}\p{Nd}_]/u;

/** All tokens, with EOF or the lexer's own complaint as the last. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const emit = (kind: TokenKind, from: number, text = source.slice(from, at)): void => {
    tokens.push({ kind, text, pos: from });
  };
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    const textEnd = open < 0 ? source.length : open;
    const trims = open >= 0 && /^-\s/.test(source.slice(open + 2, open + 4));
    let text = source.slice(at, textEnd);
    if (trims) text = text.trimEnd();
    if (text !== '') tokens.push({ kind: 'text', text, pos: at });
    if (open < 0) break;
    at = open + (trims ? 3 : 2);
    const inside = trims ? /^\s*\/\*/.exec(source.slice(at)) : source.startsWith('/*', at) ? ['/*'] : null;
    if (inside) {
      const close = source.indexOf('*/', at);
      const after = close < 0 ? null : /^(\s-)?\}\}(?:)/.exec(source.slice(close + 2));
      at = source.length;
      if (close < 0) emit('error', open, 'unclosed comment');
      else if (!after) emit('error', open, 'comment ends before closing delimiter');
      else at = skipSpace(source, close + 2 + after[0].length, after[1] !== undefined);
      if (tokens.at(-1)?.kind === 'error') return tokens;
      continue;
    }
    emit('left', open);
    const end = lexAction(source, at, tokens);
    if (end === undefined) return tokens;
    at = end;
  }
  tokens.push({ kind: 'EOF', text: '', pos: source.length });
  return tokens;
}

const skipSpace = (source: string, at: number, trim: boolean): number =>
  trim ? at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0) : at;

/** Tokens up to and with `}}`; where the text after it begins, or nothing after an error. */
function lexAction(source: string, from: number, tokens: Token[]): number | undefined {
  let at = from;
  let depth = 0;
  const emit = (kind: TokenKind, text: string): void => {
    tokens.push({ kind, text, pos: at });
    at += text.length;
  };
  const fail = (why: string): undefined => {
    tokens.push({ kind: 'error', text: why, pos: at });
    return undefined;
  };
  for (;;) {
    const rest = source.slice(at);
    const close = /^(\s-)?\}\}/.exec(rest);
    if (close) {
      if (depth > 0) return fail('unclosed left paren');
      tokens.push({ kind: 'right', text: '}}', pos: at });
      return skipSpace(source, at + close[0].length, close[1] !== undefined);
    }
    const [c = ''] = rest;
    const quoted = c === '"' || c === "'" || c === '`' ? closingQuote(rest, c) : undefined;
    if (c === '') return fail('unclosed action');
    if (/\s/.test(c)) emit('space', (/^\s(?:\s(?!-\}\}))*/.exec(rest) ?? [c])[0]);
    else if (c === '"') {
      if (quoted === undefined) return fail('unterminated quoted string');
      emit('string', quoted);
    } else if (c === '`') {
      if (quoted === undefined) return fail('unterminated raw quoted string');
      emit('raw string', quoted);
    } else if (c === "'") {
      if (quoted === undefined) return fail('unterminated character constant');
      emit('char constant', quoted);
    } else if (rest.startsWith(':=')) emit(':=', ':=');
    else if (c === ':') return fail('expected :=');
    else if (c === '=' || c === '|') emit(c, c);
    else if (c === '(') {
      depth++;
      emit('(', c);
    } else if (c === ')') {
      if (--depth < 0) return fail('unexpected right paren');
      emit(')', c);
    } else if (c === '$' || (c === '.' && !/^\.\d/.test(rest))) {
      const name = (/^[.$][\p{L}\p{Nd}_]*/u.exec(rest) ?? [c])[0];
      emit(name === '.' ? 'dot' : c === '$' ? 'variable' : 'field', name);
      if (name.length > 1 && !terminates(source, at)) return fail(`bad character ${printRune(source.slice(at))}`);
    } else if (/^[+-]?\.?\d/.test(rest)) {
      const number = (/^[+-]?(?:0x[\da-fA-F_]+|0b[01_]+|0o?[0-7_]+(?![.\d])|[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?)/.exec(
        rest,
      ) ?? [c])[0];
      if (LETTER.test(source[at + number.length] ?? ''))
        return fail(`bad number syntax: ${JSON.stringify(source.slice(at, at + number.length + 1))}`);
      emit('number', number);
    } else if (LETTER.test(c)) {
      const word = (/^[\p{L}\p{Nd}_]+/u.exec(rest) ?? [c])[0];
      emit(KEYWORDS.has(word) ? 'keyword' : word === 'nil' ? 'nil' : /^(true|false)$/.test(word) ? 'bool' : 'identifier', word); // prettier-ignore
      if (!terminates(source, at)) return fail(`bad character ${printRune(source.slice(at))}`);
    } else if (c >= '!' && c <= '~') emit('char', c);
    else return fail(`unrecognized character in action: ${printRune(rest)}`);
  }
}

const terminates = (source: string, at: number): boolean =>
  at >= source.length || /[\s.,|:)(]/.test(source[at] ?? '') || source.startsWith('}}', at);

/** The quoted text that `rest` begins with, quotes and all. */
function closingQuote(rest: string, quote: string): string | undefined {
  for (let i = 1; i < rest.length; i++) {
    if (rest[i] === quote) return rest.slice(0, i + 1);
    if (quote === '`') continue;
    if (rest[i] === '\n') return undefined;
    if (rest[i] === '\\') i++;
  }
  return undefined;
}
