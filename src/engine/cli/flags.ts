// Command-line flags as Docker's client reads them (POSIX with GNU long options, pflag's error texts).
// Called by dispatch.ts for every command.

/** What a flag's value is, and how its name shows in --help. */
export type FlagType =
  'bool' | 'string' | 'int' | 'list' | 'bytes' | 'cpus' | 'duration' | 'filter' | 'map' | 'decimal' | 'uint16';

export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  readonly type: FlagType;
  readonly help: string;
  /** Shown in --help; also the value where the flag is absent. */
  readonly default?: string;
  /** Accepted, never shown. */
  readonly hidden?: boolean;
  /** Why a value cannot be; undefined if it can. */
  readonly check?: (text: string) => string | undefined;
  /** Docker has it and Drydock has not: what is said when it is given. */
  readonly missing?: string;
  /** What it does otherwise than Docker's, for docs/fidelity.md. */
  readonly differs?: string;
}

/** A flag of Docker's that does nothing here but say so. */
export function missingFlag(name: string, type: FlagType, short?: string): FlagSpec {
  const missing = `--${name} is not implemented in Drydock`;
  return { name, type, help: 'Not implemented', missing, hidden: true, ...(short && { short }) };
}

/** A flag that the real client refuses too, because this daemon speaks API 1.47. */
export function newerFlag(name: string, type: FlagType, version: string): FlagSpec {
  const missing = `"--${name}" requires API version ${version}, but the Docker daemon API version is 1.47`;
  return { name, type, help: `Needs API version ${version}`, missing, hidden: true };
}

export type FlagValue = string | number | boolean | string[];

/** A flag that is known and not there: exit status 1, and its words alone. */
export class FlagRefused extends Error {}

/** Bad flags: exit status 125, with the command's usage line. */
export class FlagError extends Error {}

/** The values that a command was given. */
export class Flags {
  readonly #values: Map<string, FlagValue>;
  constructor(values: Map<string, FlagValue>) {
    this.#values = values;
  }
  /** Was the flag on the command line? */
  has(name: string): boolean {
    return this.#values.has(name);
  }
  bool(name: string): boolean {
    return this.#values.get(name) === true;
  }
  text(name: string): string {
    const value = this.#values.get(name);
    return value === undefined ? '' : String(value);
  }
  number(name: string): number {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : 0;
  }
  list(name: string): string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : [];
  }
}

/**
 * Split `argv` into flags and arguments. With `interspersed` off, flags end at the first argument (docker run, exec).
 * Throws FlagError.
 */
export function parseFlags(
  argv: readonly string[],
  specs: readonly FlagSpec[],
  interspersed: boolean,
): { flags: Flags; args: string[] } {
  const values = new Map<string, FlagValue>();
  const args: string[] = [];
  const queue = [...argv];
  while (queue.length > 0) {
    const word = queue.shift() ?? '';
    if (word === '--') {
      args.push(...queue);
      break;
    }
    if (word.startsWith('--')) longFlag(word, queue, specs, values);
    else if (word.startsWith('-') && word !== '-') shortFlags(word, queue, specs, values);
    else {
      args.push(word);
      if (!interspersed) {
        args.push(...queue);
        break;
      }
    }
  }
  return { flags: new Flags(values), args };
}

/** Thrown for --help and -h: no error, the help text is what was asked for. */
export class HelpWanted extends Error {}

function longFlag(word: string, queue: string[], specs: readonly FlagSpec[], values: Map<string, FlagValue>): void {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const spec = specs.find((s) => s.name === name);
  if (!spec) {
    if (name === 'help') throw new HelpWanted();
    throw new FlagError(`unknown flag: --${name}`);
  }
  if (equals >= 0) return set(spec, word.slice(equals + 1), values);
  if (spec.type === 'bool') return set(spec, 'true', values);
  const value = queue.shift();
  if (value === undefined) throw new FlagError(`flag needs an argument: --${name}`);
  set(spec, value, values);
}

function shortFlags(word: string, queue: string[], specs: readonly FlagSpec[], values: Map<string, FlagValue>): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? '';
    const spec = specs.find((s) => s.short === letter);
    if (!spec) {
      if (letter === 'h') throw new HelpWanted();
      throw new FlagError(`unknown shorthand flag: '${letter}' in ${word}`);
    }
    const rest = word.slice(at + 1);
    if (spec.type === 'bool') {
      if (rest.startsWith('=')) return set(spec, rest.slice(1), values);
      set(spec, 'true', values);
      continue;
    }
    if (rest !== '') return set(spec, rest.startsWith('=') ? rest.slice(1) : rest, values);
    const value = queue.shift();
    if (value === undefined) throw new FlagError(`flag needs an argument: '${letter}' in ${word}`);
    return set(spec, value, values);
  }
}

function set(spec: FlagSpec, text: string, values: Map<string, FlagValue>): void {
  if (spec.missing !== undefined) throw new FlagRefused(spec.missing);
  const wrong = (why: string): FlagError =>
    new FlagError(
      `invalid argument "${text}" for "${spec.short ? `-${spec.short}, ` : ''}--${spec.name}" flag: ${why}`,
    );
  const why = spec.check?.(text);
  if (why !== undefined) throw wrong(why);
  switch (spec.type) {
    case 'bool':
      if (!/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(text))
        throw wrong(`strconv.ParseBool: parsing "${text}": invalid syntax`);
      values.set(spec.name, /^[1tT]/.test(text));
      return;
    case 'int':
    case 'uint16':
      if (!/^[+-]?\d+$/.test(text)) throw wrong(`strconv.ParseInt: parsing "${text}": invalid syntax`);
      values.set(spec.name, Number(text));
      return;
    case 'bytes': {
      const bytes = parseBytes(text);
      if (bytes === undefined) throw wrong(`invalid size: '${text}'`);
      values.set(spec.name, bytes);
      return;
    }
    case 'cpus': {
      if (!/^\d*\.?\d*$/.test(text) || !/\d/.test(text)) throw wrong(`failed to parse ${text} as a rational number`);
      values.set(spec.name, Math.round(Number(text) * 1e9));
      return;
    }
    case 'duration': {
      const ns = parseDuration(text);
      if (ns === undefined) {
        const problem = /^[+-]?\d+(\.\d*)?$/.test(text) ? 'missing unit in' : 'invalid';
        throw wrong(`time: ${problem} duration "${text}"`);
      }
      values.set(spec.name, ns);
      return;
    }
    case 'filter':
      if (!text.includes('=')) throw wrong('bad format of filter (expected name=value)');
      values.set(spec.name, [...listOf(values, spec.name), text]);
      return;
    case 'list':
    case 'map':
      values.set(spec.name, [...listOf(values, spec.name), text]);
      return;
    default:
      values.set(spec.name, text);
  }
}

function listOf(values: Map<string, FlagValue>, name: string): string[] {
  const value = values.get(name);
  return Array.isArray(value) ? value : [];
}

/** `64m`, `1.5g`, `512`, `2KiB` in bytes (powers of 1024 as Docker's memory flags mean them), or undefined. `-1` is kept. */
export function parseBytes(text: string): number | undefined {
  if (text === '-1') return -1;
  const found = /^(\d+(?:\.\d+)?)\s?(?:([kmgtpKMGTP])(?:[iI]?[bB])?|[bB])?$/.exec(text);
  if (!found) return undefined;
  const power = found[2] ? 'kmgtp'.indexOf(found[2].toLowerCase()) + 1 : 0;
  return Math.floor(Number(found[1]) * 1024 ** power);
}

const unitNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Go's duration syntax, e.g. `1m30s`, `500ms`, in nanoseconds, or undefined. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, value, , unit] of text.matchAll(/(\d+(\.\d*)?)(ns|us|µs|ms|s|m|h)/g))
    total += Number(value) * (unitNs[unit ?? ''] ?? 0);
  return text.startsWith('-') ? -total : total;
}

const typeNames: Readonly<Record<FlagType, string>> = {
  bool: '',
  string: 'string',
  int: 'int',
  list: 'list',
  bytes: 'bytes',
  cpus: 'decimal',
  duration: 'duration',
  filter: 'filter',
  map: 'map',
  decimal: 'decimal',
  uint16: 'uint16',
};

/** The flags' part of --help. */
export function flagHelp(specs: readonly FlagSpec[]): string {
  const shown = specs.filter((spec) => !spec.hidden).sort((a, b) => (a.name < b.name ? -1 : 1));
  const left = shown.map((spec) =>
    `  ${spec.short ? `-${spec.short}, ` : '    '}--${spec.name} ${typeNames[spec.type]}`.trimEnd(),
  );
  const width = Math.max(0, ...left.map((text) => text.length)) + 3;
  return shown
    .map((spec, i) => `${left[i]?.padEnd(width)}${spec.help}${spec.default ? ` (default ${spec.default})` : ''}`)
    .join('\n');
}
