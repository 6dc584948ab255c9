// .dockerignore: which files of a directory are no part of the build context. The last pattern that matches a path or one
// of its parents decides; `!` takes files back in. https://docs.docker.com/build/concepts/context/#dockerignore-files
import { globPattern } from './glob.ts';
import { cleanRelative } from './paths.ts';

export interface IgnorePattern {
  /** Clean and relative: no `./`, no slash at either end. */
  readonly pattern: string;
  /** `!`: takes back in. */
  readonly exception: boolean;
  readonly regexp: RegExp;
}

/** Reads the file: a pattern a line, `#` in the first column is a comment, blanks around are not part of it. */
export function parseIgnore(text: string): IgnorePattern[] {
  return ignorePatterns(
    text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .filter((line) => !line.startsWith('#')),
  );
}

/** Patterns one by one, as COPY --exclude gives them. Throws ApiError (400) for a malformed one. */
export function ignorePatterns(lines: readonly string[]): IgnorePattern[] {
  return lines.flatMap((line) => {
    let text = line.trim();
    const exception = text.startsWith('!');
    if (exception) text = text.slice(1).trim();
    if (text === '') return [];
    const pattern = cleanRelative(text);
    // `.` (or `/`) is the context itself, which stays.
    return pattern === '' ? [] : [{ pattern, exception, regexp: ignoreRegExp(pattern) }];
  });
}

/** As filepath.Match, and `**` stands for any number of directories. */
function ignoreRegExp(pattern: string): RegExp {
  let source = '^';
  const parts = pattern.split('**');
  parts.forEach((part, n) => {
    const last = n === parts.length - 1;
    // Between two stars and the next slash there may be nothing at all: `**/a` is also `a`.
    const text = n > 0 && part.startsWith('/') ? part.slice(1) : part;
    source += text === '' ? '' : globPattern(text);
    if (last) return;
    const atEnd = n === parts.length - 2 && (parts[n + 1] ?? '') === '';
    source += atEnd ? '.*' : '(?:.*/)?';
  });
  return new RegExp(`${source}$`, 's');
}

/** Is a path (relative, clean) left out? A pattern that matches a directory matches what lies in it. */
export function isIgnored(patterns: readonly IgnorePattern[], path: string): boolean {
  let ignored = false;
  for (const { regexp, exception } of patterns) {
    if (exception !== ignored) continue;
    if (matchesOrParent(regexp, path)) ignored = !exception;
  }
  return ignored;
}

function matchesOrParent(regexp: RegExp, path: string): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (regexp.test(path.slice(0, end))) return true;
  }
  return false;
}

/** May something in an ignored directory come back in? Then one has to look inside. */
export function hasExceptionBeneath(patterns: readonly IgnorePattern[], directory: string): boolean {
  return patterns.some(({ exception, pattern }) => {
    if (!exception) return false;
    const wild = pattern.search(/[*?[\\]/);
    const fixed = wild < 0 ? pattern : pattern.slice(0, wild);
    return fixed.startsWith(`${directory}/`) || (wild >= 0 && `${directory}/`.startsWith(fixed));
  });
}
