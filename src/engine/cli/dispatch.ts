// From a command line to an exit status: global flags, the command, its flags and arguments, its errors.
import { spanBegin, spanEnd } from '../span.ts';
import type { Endpoint } from '../http/index.ts';
import { Api } from './api.ts';
import { CommandError, messageOf, type Command } from './command.ts';
import { commands, groups, missing } from './commands.ts';
import { FlagError, FlagRefused, HelpWanted, parseFlags } from './flags.ts';
import { commandHelp, globalFlags, groupHelp, rootHelp, usageLine } from './help.ts';
import type { Io } from './io.ts';
import { contextNotFound } from './system/context.ts';
import { CLIENT_VERSION } from './system/system.ts';

export interface CommandLine {
  /** Without the program's own name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/** Run one command line; the answer is the exit status. Never throws for anything that was typed. */
export async function dispatch(line: CommandLine, io: Io): Promise<number> {
  const span = spanBegin('docker', 'cli', { argv: ['docker', ...line.argv].slice(0, 24) });
  const exitCode = await run(line, io, span);
  spanEnd(span, 'docker', 'cli', { exitCode });
  return exitCode;
}

async function run(line: CommandLine, io: Io, span: string): Promise<number> {
  let host = line.env['DOCKER_HOST'] || DEFAULT_HOST;
  let rest: readonly string[];
  try {
    const { flags, args } = parseFlags(line.argv, globalFlags, false);
    const context = flags.text('context') || (line.env['DOCKER_CONTEXT'] ?? '');
    if (flags.has('context') && flags.has('host'))
      throw new FlagError('conflicting options: cannot specify both --host and --context');
    if (context !== '' && context !== 'default') {
      io.err(`Failed to initialize: unable to resolve docker endpoint: ${contextNotFound(context)}\n`);
      return 1;
    }
    host = flags.list('host').at(-1) ?? host;
    if (flags.has('config')) line = { ...line, env: { ...line.env, DOCKER_CONFIG: flags.text('config') } };
    rest = args;
    if (flags.bool('version')) {
      io.out(`Docker version ${CLIENT_VERSION}, build drydock\n`);
      return 0;
    }
  } catch (error) {
    if (error instanceof HelpWanted) return help(io, rootHelp());
    if (error instanceof FlagRefused) {
      io.err(`${error.message}\n`);
      return 1;
    }
    io.err(
      `${messageOf(error)}\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information\n`,
    );
    return 125;
  }
  if (rest.length === 0 || (rest[0] === 'help' && rest.length === 1)) return help(io, rootHelp());
  if (rest[0] === 'help') rest = [...rest.slice(1), '--help'];
  const found = findCommand(rest);
  if (!found) return unknown(rest, io);
  const { command, typed, args } = found;
  const endpoint = endpointOf(host);
  if (!endpoint) {
    io.err(`unable to parse docker host \`${host}\`\n`);
    return 1;
  }
  return invoke(command, typed, args, { line, io, api: new Api(endpoint, host, span) });
}

function help(io: Io, text: string): number {
  io.out(text);
  return 0;
}

/** Made before the first command is forked: a child only looks its own up. */
const byName: ReadonlyMap<string, Command> = new Map(
  commands.flatMap((command) => command.names.map((name) => [name, command])),
);

/** The command with the most words that the line begins with. */
function findCommand(
  words: readonly string[],
): { command: Command; typed: string; args: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const command = byName.get(name);
    if (command && words.length >= length) return { command, typed: `docker ${name}`, args: words.slice(length) };
  }
  return undefined;
}

function unknown(words: readonly string[], io: Io): number {
  const [first = '', second] = words;
  for (const name of [first, `${first} ${second ?? ''}`]) {
    if (!missing.includes(name)) continue;
    io.err(`docker: 'docker ${name}' is not implemented in Drydock\n`);
    return 1;
  }
  if (first in groups) {
    if (second === undefined || second === '--help' || second === '-h') return help(io, groupHelp(first));
    io.err(
      `docker: unknown command: docker ${first} ${second}\n\nUsage:  docker ${first}\n\nRun 'docker ${first} --help' for more information\n`,
    );
    return 1;
  }
  io.err(`docker: unknown command: docker ${first}\n\nRun 'docker --help' for more information\n`);
  return 1;
}

/** `unix:///path` or `tcp://1.2.3.4:2375`. */
export function endpointOf(host: string): Endpoint | undefined {
  const unix = /^unix:\/\/(\/.*)$/.exec(host);
  if (unix) return { unix: unix[1] ?? '' };
  const tcp = /^(?:tcp:\/\/)?(\d+\.\d+\.\d+\.\d+|localhost)(?::(\d+))?$/.exec(host);
  return tcp
    ? { host: tcp[1] === 'localhost' ? '127.0.0.1' : (tcp[1] ?? ''), port: Number(tcp[2] ?? 2375) }
    : undefined;
}

interface Context {
  readonly line: CommandLine;
  readonly io: Io;
  readonly api: Api;
}

async function invoke(
  command: Command,
  typed: string,
  words: readonly string[],
  { line, io, api }: Context,
): Promise<number> {
  try {
    const { flags, args } = parseFlags(words, command.flags, !command.stopAtFirst);
    const wrong = countProblem(command, args.length);
    if (wrong) {
      const see = command.args[1] === Infinity ? 'See' : 'Run';
      io.err(
        `docker: '${typed}' ${wrong}\n\n${usageLine(typed, command)}\n\n${see} '${typed} --help' for more information\n`,
      );
      return 1;
    }
    return await command.run({ command, typed, flags, args, api, io, env: line.env, cwd: line.cwd });
  } catch (error) {
    if (error instanceof HelpWanted) return help(io, commandHelp(typed, command));
    if (error instanceof FlagError) {
      io.err(`${error.message}\n\n${usageLine(typed, command)}\n\nRun '${typed} --help' for more information\n`);
      return 125;
    }
    io.err(`${messageOf(error)}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

function countProblem(command: Command, count: number): string | undefined {
  const [least, most] = command.args;
  const words = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  if (count >= least && count <= most) return undefined;
  if (most === 0) return 'accepts no arguments';
  if (least === most) return `requires ${words(least)}`;
  if (most === Infinity) return `requires at least ${words(least)}`;
  return least === 0 ? `requires at most ${words(most)}` : `requires at least ${least} and at most ${words(most)}`;
}
