// What one line of a Dockerfile says: its flags and arguments, typed. Variables are not replaced yet, because their values
// are known only while the stage is built. https://docs.docker.com/reference/dockerfile/
import { invalidParameter } from '../../dockerd/errors.ts';
import { parseDuration } from '../../dockerd/time.ts';
import type { HealthConfig } from '../../dockerd/container/types.ts';
import { parseFlags, type BuildFlags } from './flags.ts';
import { heredocOf, type Heredoc, type Line } from './lines.ts';
import { nearest } from './suggest.ts';
import { splitWords } from './words.ts';

/** RUN, CMD, ENTRYPOINT: one line for the shell, or a list that is executed as it is. */
export type CommandLine =
  { readonly form: 'shell'; readonly text: string } | { readonly form: 'exec'; readonly argv: readonly string[] };

export type Pair = readonly [name: string, value: string];

/** A source of COPY or ADD: a path, or a file whose contents stand in the Dockerfile. */
export type CopySource = string | Heredoc;

type Body =
  | { readonly name: 'FROM'; readonly base: string; readonly as: string }
  | { readonly name: 'RUN'; readonly command: CommandLine }
  | { readonly name: 'CMD' | 'ENTRYPOINT'; readonly command: CommandLine }
  | { readonly name: 'COPY' | 'ADD'; readonly sources: readonly CopySource[]; readonly dest: string }
  | { readonly name: 'ENV' | 'LABEL'; readonly pairs: readonly Pair[]; readonly legacy: boolean }
  | { readonly name: 'ARG'; readonly args: readonly (readonly [name: string, value: string | undefined])[] }
  | { readonly name: 'EXPOSE' | 'VOLUME'; readonly words: readonly string[] }
  | { readonly name: 'USER' | 'WORKDIR' | 'STOPSIGNAL' | 'MAINTAINER'; readonly value: string }
  | { readonly name: 'HEALTHCHECK'; readonly health: HealthConfig }
  | { readonly name: 'SHELL'; readonly shell: readonly string[] }
  | { readonly name: 'ONBUILD'; readonly trigger: string };

export type Instruction = Body & {
  readonly line: Line;
  readonly flags: BuildFlags;
};

export type InstructionName = Body['name'];
export type Of<N extends InstructionName> = Extract<Instruction, { readonly name: N }>;

const NAMES: readonly InstructionName[] = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
];

/** Reads one line. Throws an ApiError (400) in Docker's words, without the line's number. */
export function parseInstruction(line: Line, escape: string): Instruction {
  const name = line.keyword.toUpperCase() as InstructionName;
  if (!NAMES.includes(name)) throw invalidParameter(`unknown instruction: ${line.keyword}${suggestion(line.keyword)}`);
  const { flags, rest } = parseFlags(name, line.rest, escape);
  return { ...parseBody(name, rest, line, escape), line, flags };
}

function parseBody(name: InstructionName, rest: string, line: Line, escape: string): Body {
  switch (name) {
    case 'FROM':
      return parseFrom(rest);
    case 'RUN':
      return { name, command: withHeredocs(commandLine(rest), line.heredocs) };
    case 'CMD':
    case 'ENTRYPOINT':
      return { name, command: commandLine(rest) };
    case 'COPY':
    case 'ADD':
      return parseCopy(name, rest, line.heredocs);
    case 'ENV':
    case 'LABEL':
      return parsePairs(name, rest, escape);
    case 'ARG':
      return parseArg(rest, escape);
    case 'EXPOSE':
      return { name, words: atLeastOne(name, fields(rest)) };
    case 'VOLUME':
      return parseVolume(rest);
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      if (rest === '') throw invalidParameter(`${name} requires exactly one argument`);
      return { name, value: rest };
    case 'HEALTHCHECK':
      return parseHealthcheck(rest, line.rest, escape);
    case 'SHELL': {
      const shell = jsonList(rest);
      if (!shell) throw invalidParameter('SHELL requires the arguments to be in JSON form');
      return { name, shell: atLeastOne(name, shell) };
    }
    case 'ONBUILD':
      return parseOnbuild(rest, line);
  }
}

const fields = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function atLeastOne(name: string, list: string[]): string[] {
  if (list.length === 0) throw invalidParameter(`${name} requires at least one argument`);
  return list;
}

/** `["a", "b"]`, or undefined for anything else: it is then a line for the shell. */
export function jsonList(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

function commandLine(text: string): CommandLine {
  const argv = jsonList(text);
  return argv ? { form: 'exec', argv } : { form: 'shell', text };
}

/** `RUN <<EOF` is a script; `RUN cat <<EOF` is one command that the shell gives the heredoc to. */
function withHeredocs(command: CommandLine, heredocs: readonly Heredoc[]): CommandLine {
  if (heredocs.length === 0 || command.form !== 'shell') return command;
  const [only] = heredocs;
  const isScript = heredocs.length === 1 && /^<<-?(["']?)[\w.-]+\1$/.test(command.text);
  if (isScript && only) return { form: 'shell', text: only.content };
  return { form: 'shell', text: `${command.text}\n${heredocs.map((one) => `${one.content}${one.name}`).join('\n')}\n` };
}

function parseFrom(rest: string): Body {
  const words = fields(rest);
  const [base = '', as, stage = ''] = words;
  if (words.length === 3 && as?.toLowerCase() === 'as') {
    if (!/^[a-z][a-z0-9-_.]*$/.test(stage.toLowerCase()))
      throw invalidParameter(
        `invalid name for build stage: ${JSON.stringify(stage)}, name can't start with a number or contain symbols`,
      );
    return { name: 'FROM', base, as: stage };
  }
  if (words.length !== 1) throw invalidParameter('FROM requires either one or three arguments');
  return { name: 'FROM', base, as: '' };
}

function parseCopy(name: 'COPY' | 'ADD', rest: string, heredocs: readonly Heredoc[]): Body {
  const words = jsonList(rest) ?? fields(rest);
  const dest = words.at(-1) ?? '';
  if (words.length < 2)
    throw invalidParameter(
      `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
    );
  if (heredocOf(dest, heredocs)) throw invalidParameter(`${name} cannot accept a heredoc as a destination`);
  return { name, sources: words.slice(0, -1).map((word) => heredocOf(word, heredocs) ?? word), dest };
}

function parsePairs(name: 'ENV' | 'LABEL', rest: string, escape: string): Body {
  const words = atLeastOne(name, splitWords(rest, escape));
  const [first = ''] = words;
  if (!first.includes('=')) {
    const [, key = '', value = ''] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? [];
    if (words.length < 2) throw invalidParameter(`${name} must have two arguments`);
    return { name, pairs: [[key, value]], legacy: true };
  }
  const pairs = words.map((word): Pair => {
    const at = word.indexOf('=');
    if (at < 0) throw invalidParameter(`Syntax error - can't find = in "${word}". Must be of the form: name=value`);
    if (at === 0) throw invalidParameter(`${name} names can not be blank`);
    return [word.slice(0, at), word.slice(at + 1)];
  });
  return { name, pairs, legacy: false };
}

function parseArg(rest: string, escape: string): Body {
  const args = atLeastOne('ARG', splitWords(rest, escape)).map((word): readonly [string, string | undefined] => {
    const at = word.indexOf('=');
    if (at === 0) throw invalidParameter('ARG names can not be blank');
    return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
  });
  return { name: 'ARG', args };
}

function parseVolume(rest: string): Body {
  const words = atLeastOne('VOLUME', jsonList(rest) ?? fields(rest)).map((word) => word.trim());
  if (words.includes('')) throw invalidParameter('VOLUME specified can not be an empty string');
  return { name: 'VOLUME', words };
}

function parseOnbuild(rest: string, line: Line): Body {
  const [word = ''] = atLeastOne('ONBUILD', fields(rest));
  const inner = word.toUpperCase();
  if (inner === 'ONBUILD') throw invalidParameter("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (inner === 'FROM' || inner === 'MAINTAINER')
    throw invalidParameter(`${inner} isn't allowed as an ONBUILD trigger`);
  const files = line.heredocs.map((one) => `\n${one.content}${one.name}`).join('');
  return { name: 'ONBUILD', trigger: rest + files };
}

/** HEALTHCHECK's numbers are nanoseconds in the config. */
function parseHealthcheck(rest: string, whole: string, escape: string): Body {
  const [, word = '', args = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
  if (word === '') throw invalidParameter('HEALTHCHECK requires at least one argument');
  const type = word.toUpperCase();
  if (type === 'NONE') {
    if (args !== '') throw invalidParameter('HEALTHCHECK NONE takes no arguments');
    return { name: 'HEALTHCHECK', health: { Test: ['NONE'] } };
  }
  if (type !== 'CMD') throw invalidParameter(`Unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`);
  const argv = jsonList(args);
  if (args === '' || argv?.length === 0) throw invalidParameter('Missing command after HEALTHCHECK CMD');
  const { flags } = parseFlags('HEALTHCHECK', whole, escape);
  const health: HealthConfig = { Test: argv ? ['CMD', ...argv] : ['CMD-SHELL', args] };
  for (const [flag, field] of HEALTH_DURATIONS) {
    const text = flags.text(flag);
    if (text !== '') health[field] = healthNs(flag, text);
  }
  const retries = flags.text('retries');
  if (retries !== '') {
    if (!/^-?\d+$/.test(retries))
      throw invalidParameter(`strconv.ParseInt: parsing ${JSON.stringify(retries)}: invalid syntax`);
    if (Number(retries) < 0) throw invalidParameter(`--retries cannot be negative (${retries})`);
    health.Retries = Number(retries);
  }
  return { name: 'HEALTHCHECK', health };
}

const HEALTH_DURATIONS = [
  ['interval', 'Interval'],
  ['timeout', 'Timeout'],
  ['start-period', 'StartPeriod'],
  ['start-interval', 'StartInterval'],
] as const;

function healthNs(flag: string, text: string): number {
  const seconds = parseDuration(text);
  if (seconds === null) throw invalidParameter(`time: invalid duration ${JSON.stringify(text)}`);
  if (seconds !== 0 && seconds < 0.001)
    throw invalidParameter(`Interval ${JSON.stringify(flag)} cannot be less than 1ms`);
  return Math.round(seconds * 1e9);
}

function suggestion(word: string): string {
  const near = nearest(word.toUpperCase(), NAMES);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}
