// Patterns of file names as Go's path/filepath.Match has them: `*` and `?` stop at a slash, `[a-z]` and `[^a]` are classes,
// a backslash takes the meaning away. COPY's wildcards, .dockerignore and ${x#pattern} are made of these.
import { invalidParameter } from '../dockerd/errors.ts';

/** The source of a regular expression for one pattern. `any` is what `?` stands for: not a slash, or anything. */
export function globPattern(pattern: string, any: '[^/]' | '.' = '[^/]'): string {
  let source = '';
  for (let i = 0; i < pattern.length; i += 1) {
    const c = pattern[i] ?? '';
    if (c === '*') source += `${any}*`;
    else if (c === '?') source += any;
    else if (c === '\\' && i + 1 < pattern.length) source += quote(pattern[(i += 1)] ?? '');
    else if (c === '[') {
      const end = classEnd(pattern, i);
      if (end < 0) throw invalidParameter('syntax error in pattern');
      source += classPattern(pattern.slice(i + 1, end));
      i = end;
    } else source += quote(c);
  }
  return source;
}

/** Has it any of the signs that match more than themselves? */
export function hasWildcards(pattern: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*[*?[]/.test(pattern);
}

/** filepath.Match: the whole name, a slash only where the pattern has one. */
export function matchGlob(pattern: string, name: string): boolean {
  return new RegExp(`^${globPattern(pattern)}$`, 's').test(name);
}

export function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function classEnd(pattern: string, from: number): number {
  for (let i = from + (pattern[from + 1] === '^' ? 2 : 1); i < pattern.length; i += 1) {
    if (pattern[i] === '\\') i += 1;
    else if (pattern[i] === ']') return i;
  }
  return -1;
}

function classPattern(inside: string): string {
  if (inside === '' || inside === '^') throw invalidParameter('syntax error in pattern');
  const negated = inside.startsWith('^');
  const body = (negated ? inside.slice(1) : inside).replace(/\\(.)|([\][^/])/gs, (_, escaped: string, sign: string) =>
    quote(escaped ?? sign),
  );
  return `[${negated ? '^/' : ''}${body}]`;
}
