// `--name=value` between an instruction and its arguments, and RUN's --mount in particular.
import { invalidParameter, type ApiError } from '../../dockerd/errors.ts';

/** Which flags an instruction takes: `value`, `switch` (true if bare), `list` (may come several times). */
const FLAGS: Readonly<Record<string, Readonly<Record<string, 'value' | 'switch' | 'list'>>>> = {
  FROM: { platform: 'value' },
  RUN: { mount: 'list', network: 'value', security: 'value' },
  COPY: { from: 'value', chown: 'value', chmod: 'value', link: 'switch', parents: 'switch', exclude: 'list' },
  ADD: {
    chown: 'value',
    chmod: 'value',
    link: 'switch',
    'keep-git-dir': 'switch',
    checksum: 'value',
    unpack: 'switch',
    exclude: 'list',
  },
  HEALTHCHECK: {
    interval: 'value',
    timeout: 'value',
    'start-period': 'value',
    'start-interval': 'value',
    retries: 'value',
  },
};

/** Instructions whose arguments may begin with two dashes: flags are looked for only where there are any. */
export class BuildFlags {
  constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  has(name: string): boolean {
    return this.values.has(name);
  }
  /** '' if it was not given. */
  text(name: string): string {
    return this.values.get(name)?.at(-1) ?? '';
  }
  isSet(name: string): boolean {
    return this.text(name) === 'true';
  }
  list(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }
  /** As they were written, for the key of the build cache. */
  written(): string[] {
    return [...this.values].flatMap(([name, values]) => values.map((value) => `--${name}=${value}`));
  }
}

/** Takes the flags off the front. Throws ApiError (400) for one that the instruction does not have. */
export function parseFlags(name: string, text: string, escape: string): { flags: BuildFlags; rest: string } {
  const values = new Map<string, string[]>();
  let rest = text;
  // ONBUILD's are those of the instruction in it; ENV and CMD have none, and `--` may begin what they say.
  while (rest.startsWith('--') && name !== 'ONBUILD') {
    const { word, after } = takeWord(rest, escape);
    if (word === '--') return { flags: new BuildFlags(values), rest: after };
    const [, key = '', value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const kind = FLAGS[name]?.[key];
    if (kind === undefined) throw invalidParameter(`unknown flag: ${key}`);
    if (kind !== 'list' && values.has(key)) throw invalidParameter(`duplicate flag specified: ${key}`);
    if (kind === 'switch') {
      const on = (value ?? 'true').toLowerCase();
      if (on !== 'true' && on !== 'false')
        throw invalidParameter(`expecting boolean value for flag ${key}, not: ${value ?? ''}`);
      values.set(key, [on]);
    } else {
      if (value === undefined) throw invalidParameter(`missing a value on flag: ${key}`);
      values.set(key, [...(values.get(key) ?? []), value]);
    }
    rest = after;
  }
  return { flags: new BuildFlags(values), rest };
}

/** The first word with its quotes and escapes resolved, and what follows it. */
function takeWord(text: string, escape: string): { word: string; after: string } {
  let word = '';
  let quote = '';
  let i = 0;
  for (; i < text.length; i += 1) {
    const c = text[i] ?? '';
    if (quote === '' && /\s/.test(c)) break;
    if (c === escape && quote !== "'" && i + 1 < text.length) word += text[(i += 1)] ?? '';
    else if (quote !== '' && c === quote) quote = '';
    else if (quote === '' && (c === '"' || c === "'")) quote = c;
    else word += c;
  }
  return { word, after: text.slice(i).trimStart() };
}

/** One --mount of RUN. */
export interface RunMount {
  readonly type: 'bind' | 'cache' | 'tmpfs';
  readonly target: string;
  readonly source: string;
  /** Stage or image; '' is the build context (bind) or an empty directory (cache). */
  readonly from: string;
  readonly readOnly: boolean;
  /** cache: its name, by default the target. */
  readonly id: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** tmpfs; 0 is no limit. */
  readonly sizeBytes: number;
}

/** What the classic builder says to a flag of an instruction that it has not. */
export const needsBuildKit = (flag: string): ApiError =>
  invalidParameter(
    `the --${flag} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled`,
  );

/** `type=cache,target=/root/.cache`. Throws what Docker says, and for secret and ssh that they need BuildKit. */
export function parseMount(text: string): RunMount {
  const fields = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const key = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
    fields.set(key, at < 0 ? 'true' : part.slice(at + 1).trim());
  }
  const field = (...names: string[]): string | undefined => names.map((name) => fields.get(name)).find((one) => one);
  const type = field('type') ?? 'bind';
  if (type === 'secret' || type === 'ssh') throw needsBuildKit('mount');
  if (type !== 'bind' && type !== 'cache' && type !== 'tmpfs')
    throw invalidParameter(`unsupported mount type ${JSON.stringify(type)}`);
  const target = field('target', 'dst', 'destination');
  if (target === undefined) throw invalidParameter(`"target" is required for mount type ${type}`);
  const writable = field('rw', 'readwrite') === 'true' || field('ro', 'readonly') === 'false';
  const readOnly = type === 'bind' ? !writable : field('ro', 'readonly') === 'true';
  return {
    type,
    target,
    source: field('source', 'src') ?? '',
    from: field('from') ?? '',
    readOnly,
    id: field('id') ?? target,
    mode: parseInt(field('mode') ?? '0755', 8),
    uid: Number(field('uid') ?? 0),
    gid: Number(field('gid') ?? 0),
    sizeBytes: Number(field('size') ?? 0),
  };
}
