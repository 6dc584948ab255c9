// Words and variables of a Dockerfile: quotes, escapes, $x, ${x} and its modifiers, as the shell (and Docker's own lexer)
// reads them. https://docs.docker.com/reference/dockerfile/#environment-replacement
import { invalidParameter } from '../../dockerd/errors.ts';
import { globPattern } from '../glob.ts';

/** The value of a variable, or undefined if it is not set. */
export type Lookup = (name: string) => string | undefined;

/** Splits at blanks outside quotes; quotes and escapes stay as they are. */
export function splitWords(text: string, escape = '\\'): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] ?? '';
    if (quote === '' && /\s/.test(c)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += c;
    if (c === escape && quote !== "'" && i + 1 < text.length) word += text[(i += 1)] ?? '';
    else if (quote !== '') quote = c === quote ? '' : quote;
    else if (c === '"' || c === "'") quote = c;
  }
  if (word !== '') words.push(word);
  return words;
}

/** One word: quotes and escapes go, variables are replaced. Throws ApiError (400) for what is malformed. */
export function expandWord(word: string, lookup: Lookup, escape = '\\'): string {
  if (!/["'$`\\]/.test(word)) return word;
  return new Expansion(word, lookup, escape).whole();
}

/** As expandWord, but what a variable holds may be several words (EXPOSE $PORTS). */
export function expandWords(word: string, lookup: Lookup, escape = '\\'): string[] {
  return splitWords(expandWord(word, lookup, escape), escape);
}

/** The contents of a heredoc: variables are replaced, quotes are characters like any other. */
export function expandText(text: string, lookup: Lookup, escape = '\\'): string {
  return new Expansion(text, lookup, escape, true).whole();
}

class Expansion {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly lookup: Lookup,
    private readonly escape: string,
    private readonly quotesAreText = false,
  ) {}

  whole(): string {
    return this.until('');
  }

  private peek(): string {
    return this.text[this.at] ?? '';
  }

  private next(): string {
    return this.text[this.at++] ?? '';
  }

  /** Up to an unquoted `stop` (which is taken), or the end. */
  private until(stop: string): string {
    let result = '';
    while (this.at < this.text.length) {
      const c = this.peek();
      if (c === stop && stop !== '') {
        this.at += 1;
        return result;
      }
      if (c === "'" && !this.quotesAreText) result += this.singleQuoted();
      else if (c === '"' && !this.quotesAreText) result += this.doubleQuoted();
      else if (c === '$') result += this.dollar();
      else if (c === this.escape) {
        this.at += 1;
        result += this.quotesAreText && this.peek() !== '$' && this.peek() !== this.escape ? c : this.next();
      } else result += this.next();
    }
    if (stop !== '') throw invalidParameter(`unexpected end of statement while looking for matching ${stop}`);
    return result;
  }

  private singleQuoted(): string {
    const end = this.text.indexOf("'", this.at + 1);
    if (end < 0) throw invalidParameter('unexpected end of statement while looking for matching single-quote');
    const inside = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return inside;
  }

  private doubleQuoted(): string {
    let result = '';
    this.at += 1;
    while (this.at < this.text.length) {
      const c = this.peek();
      if (c === '"') {
        this.at += 1;
        return result;
      }
      if (c === '$') result += this.dollar();
      else if (c === this.escape) {
        this.at += 1;
        // Before anything but these the escape character is itself.
        if (!['"', '$', this.escape].includes(this.peek())) result += c;
        result += this.next();
      } else result += this.next();
    }
    throw invalidParameter('unexpected end of statement while looking for matching double-quote');
  }

  private dollar(): string {
    this.at += 1;
    if (this.peek() !== '{') {
      const name = this.name();
      return name === '' ? '$' : (this.lookup(name) ?? '');
    }
    this.at += 1;
    if (this.peek() === '}') throw invalidParameter('syntax error: bad substitution');
    const name = this.name();
    const rest = this.text.slice(this.at);
    const operator = /^(?:}|:?[-+?]|##?|%%?|\/\/?)/.exec(rest)?.[0];
    if (operator === undefined) {
      if (rest === '') throw invalidParameter("syntax error: missing '}'");
      throw invalidParameter(`unsupported modifier (${rest[0] === ':' ? rest.slice(0, 2) : rest[0]}) in substitution`);
    }
    this.at += operator.length;
    const value = this.lookup(name);
    if (operator === '}') return value ?? '';
    return this.modified(name, value, operator);
  }

  private modified(name: string, value: string | undefined, operator: string): string {
    if (operator.startsWith('/')) return this.replaced(value ?? '', operator === '//');
    const word = this.until('}');
    // With a colon an empty value counts as none.
    const isSet = operator.startsWith(':') ? (value ?? '') !== '' : value !== undefined;
    switch (operator.at(-1)) {
      case '-':
        return isSet ? (value ?? '') : word;
      case '+':
        return isSet ? word : '';
      case '?':
        if (isSet) return value ?? '';
        throw invalidParameter(
          `${name}: ${word === '' ? `is not allowed to be ${operator === ':?' ? 'empty' : 'unset'}` : word}`,
        );
      case '#':
        return strip(value ?? '', word, 'front', operator === '##');
      default:
        return strip(value ?? '', word, 'back', operator === '%%');
    }
  }

  private replaced(value: string, all: boolean): string {
    const pattern = this.until('/');
    const replacement = this.until('}');
    return value.replace(new RegExp(globPattern(pattern, '.'), all ? 'gs' : 's'), () => replacement);
  }

  private name(): string {
    const found = /^(?:[A-Za-z_]\w*|\d|[@*#?!$-])/.exec(this.text.slice(this.at))?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}

/** ${x#pattern} and ${x%pattern}: the shortest match goes, with the sign doubled the longest. */
function strip(value: string, pattern: string, end: 'front' | 'back', longest: boolean): string {
  const whole = new RegExp(`^${globPattern(pattern, '.')}$`, 's');
  const lengths = Array.from({ length: value.length + 1 }, (_, n) => (longest ? value.length - n : n));
  for (const length of lengths) {
    const cut = end === 'front' ? value.slice(0, length) : value.slice(value.length - length);
    if (whole.test(cut)) return end === 'front' ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}
