// What a command of the client is, and what it is given when it runs.
import type { Api } from './api.ts';
import type { Flags, FlagSpec } from './flags.ts';
import type { Io } from './io.ts';

export interface Command {
  /** Words after `docker`, e.g. `container ls`; the first is its full name, the others do the same. */
  readonly names: readonly string[];
  /** After the command's words in the usage line, e.g. `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  readonly usage: string;
  readonly help: string;
  /** For lists of commands where the help has several lines. */
  readonly summary?: string;
  readonly flags: readonly FlagSpec[];
  /** How many arguments: least and most. */
  readonly args: readonly [least: number, most: number];
  /** Flags end at the first argument, as for run and exec. */
  readonly stopAtFirst?: boolean;
  /** Run it; the answer is the exit status. */
  run(call: Invocation): Promise<number>;
}

export interface Invocation {
  readonly command: Command;
  /** As typed, e.g. `docker ps`: for messages. */
  readonly typed: string;
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly api: Api;
  readonly io: Io;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A failure that the client reports itself, with its exit status; the text stands on stderr as it is. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** An argument that must be there; dispatch has counted them. */
export function argument(call: Invocation, index: number): string {
  return call.args[index] ?? '';
}

/**
 * Do the same for each name and print it, as `docker stop a b` does; failures are told at the end of it all, exit 1.
 */
export async function forEachName(
  call: Invocation,
  names: readonly string[],
  act: (name: string) => Promise<string | undefined>,
): Promise<number> {
  let failed = false;
  for (const name of names) {
    try {
      const line = await act(name);
      if (line !== undefined) call.io.out(`${line}\n`);
    } catch (error) {
      failed = true;
      call.io.err(`${messageOf(error)}\n`);
    }
  }
  return failed ? 1 : 0;
}

/** The words of an error as the client prints them. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `name=value` pairs as the API's filters parameter: `{"name":{"value":true}}`. */
export function filterQuery(filters: readonly string[]): string {
  if (filters.length === 0) return '';
  const sets: Record<string, Record<string, boolean>> = {};
  for (const filter of filters) {
    const equals = filter.indexOf('=');
    const name = filter.slice(0, equals).trim().toLowerCase();
    (sets[name] ??= {})[filter.slice(equals + 1).trim()] = true;
  }
  return JSON.stringify(sets);
}

/** A query string of what is set, `?a=1&b=x`, or nothing. */
export function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const parts: string[] = [];
  for (const name in parameters) {
    const value = parameters[name];
    if (value === undefined || value === '' || value === false) continue;
    parts.push(`${name}=${value === true ? '1' : encodeURIComponent(String(value))}`);
  }
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}
