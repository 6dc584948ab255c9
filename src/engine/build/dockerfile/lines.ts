// A Dockerfile's text to its logical lines: parser directives, comments, continuations and heredocs are dealt with here;
// what a line means is instruction.ts's business. https://docs.docker.com/reference/dockerfile/#format
import { invalidParameter, type ApiError } from '../../dockerd/errors.ts';
import { splitWords } from './words.ts';

/** `<<EOF`: the lines up to EOF. */
export interface Heredoc {
  readonly name: string;
  /** The word was not quoted: variables in it are replaced. */
  readonly expand: boolean;
  /** `<<-`: tabs in front of each line go. */
  readonly chomp: boolean;
  readonly content: string;
}

/** One instruction as it was typed. */
export interface Line {
  /** First and last line in the file, from 1. */
  readonly line: number;
  readonly endLine: number;
  readonly keyword: string;
  /** Everything after the keyword, flags included, continuations joined. */
  readonly rest: string;
  /** Keyword and rest as they are shown in `Step 1/2 : …`. */
  readonly original: string;
  readonly heredocs: readonly Heredoc[];
}

export interface Lines {
  readonly lines: readonly Line[];
  /** '\\' or '`'. */
  readonly escape: string;
  /** Values of `# syntax`, `# escape` and `# check`. */
  readonly directives: ReadonlyMap<string, string>;
  /** Lines that are empty within a continuation. */
  readonly emptyContinuations: readonly number[];
}

/** `# escape=x` and kin stand above everything else. */
const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const KNOWN_DIRECTIVES = new Set(['syntax', 'escape', 'check']);
/** Instructions that may read files from the Dockerfile itself. */
const TAKES_HEREDOC = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s/i;
const HEREDOC = /^(\d*)<<(-?)(["']?)([A-Za-z_][\w.-]*)\3$/;

/** Docker's words for what is malformed. Throws nothing itself. */
export function parseError(line: number, message: string): ApiError {
  return invalidParameter(`dockerfile parse error on line ${line}: ${message}`);
}

/** Splits the text of a Dockerfile. Throws ApiError (400) for a bad directive or an unfinished heredoc. */
export function splitLines(text: string): Lines {
  const source = text.replace(/^\uFEFF/, '').split('\n');
  const directives = readDirectives(source);
  const escape = directives.get('escape') ?? '\\';
  const lines: Line[] = [];
  const emptyContinuations: number[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const first = at;
    let joined = '';
    let open = true;
    // A logical line: physical lines up to the one that does not end with the escape character.
    for (; open && at < source.length; at += 1) {
      const physical = withoutReturn(source[at] ?? '');
      const trimmed = physical.trim();
      if (trimmed.startsWith('#')) {
        if (joined === '') break;
        continue;
      }
      if (trimmed === '') {
        if (joined === '') break;
        emptyContinuations.push(at + 1);
        continue;
      }
      const part = joined === '' ? physical.trimStart() : physical;
      const end = continuedAt(part, escape);
      open = end >= 0;
      joined += open ? part.slice(0, end) : part;
    }
    if (joined === '') continue;
    at -= 1;
    const heredocs: Heredoc[] = [];
    if (joined.includes('<<') && TAKES_HEREDOC.test(joined)) {
      for (const wanted of heredocsIn(joined, escape)) {
        const { content, next } = readHeredoc(source, at + 1, wanted, first + 1);
        heredocs.push({ ...wanted, content });
        at = next - 1;
      }
    }
    const [, keyword = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(joined) ?? [];
    lines.push({ line: first + 1, endLine: at + 1, keyword, rest: rest.trim(), original: joined.trim(), heredocs });
  }
  return { lines, escape, directives, emptyContinuations };
}

/** A line of a file with CR LF at the ends of its lines. */
const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** Where the escape character stands that ends a line which goes on in the next one, blanks behind it; -1 if it does not go on. */
function continuedAt(line: string, escape: string): number {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line[end - 1] === escape ? end - 1 : -1;
}

function readDirectives(source: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [n, text] of source.entries()) {
    const [, name = '', value = ''] = DIRECTIVE.exec(withoutReturn(text)) ?? [];
    const key = name.toLowerCase();
    if (!KNOWN_DIRECTIVES.has(key)) break;
    if (found.has(key)) throw parseError(n + 1, `only one ${key} parser directive can be used`);
    if (key === 'escape' && value !== '\\' && value !== '`')
      throw parseError(n + 1, `invalid escape token '${value}' does not match \` or \\`);
    found.set(key, value);
  }
  return found;
}

/** The `<<NAME` words of a line, outside quotes. */
function heredocsIn(line: string, escape: string): Omit<Heredoc, 'content'>[] {
  if (!line.includes('<<')) return [];
  const found: Omit<Heredoc, 'content'>[] = [];
  for (const word of splitWords(line, escape)) {
    const [, , dash, quote, name] = HEREDOC.exec(word) ?? [];
    if (name !== undefined) found.push({ name, expand: quote === '', chomp: dash === '-' });
  }
  return found;
}

function readHeredoc(
  source: readonly string[],
  from: number,
  { name, chomp }: Omit<Heredoc, 'content'>,
  line: number,
): { content: string; next: number } {
  const content: string[] = [];
  for (let at = from; at < source.length; at += 1) {
    const raw = withoutReturn(source[at] ?? '');
    const text = chomp ? raw.replace(/^\t+/, '') : raw;
    if (text === name) return { content: content.map((one) => `${one}\n`).join(''), next: at + 1 };
    content.push(text);
  }
  throw parseError(line, 'unterminated heredoc');
}

/** The file that a word of a line stands for, if it is `<<NAME`. */
export function heredocOf(word: string, heredocs: readonly Heredoc[]): Heredoc | undefined {
  const name = HEREDOC.exec(word)?.[4];
  return name === undefined ? undefined : heredocs.find((one) => one.name === name);
}
