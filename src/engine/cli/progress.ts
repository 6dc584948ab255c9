// The daemon's streams of JSON messages (pull, push, load, build): one line each on a pipe, lines that move on a terminal.
import type { ByteReader } from '../loop/index.ts';
import { utf8Decode } from '../sys/index.ts';
import { CommandError } from './command.ts';
import { humanSize } from './format/units.ts';
import type { Io } from './io.ts';

export interface Message {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly stream?: string;
  readonly aux?: unknown;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string; readonly code?: number };
}

/** Each JSON value of a stream of them, one a line. */
export async function* messages(body: ByteReader): AsyncGenerator<Message> {
  let rest = '';
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) {
    const lines = (rest + utf8Decode(bytes)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as Message;
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as Message;
}

export interface ShowOptions {
  readonly terminal: boolean;
  readonly columns?: number | undefined;
  readonly print: (text: string) => void;
  readonly onAux?: (aux: unknown) => void;
}

/** Print the messages as they come. Throws CommandError when one is an error. */
export async function showProgress(body: ByteReader, options: ShowOptions): Promise<void> {
  /** Line of each id, counted from the first id's line. */
  const lines = new Map<string, number>();
  for await (const message of messages(body)) {
    if (message.error !== undefined || message.errorDetail)
      throw new CommandError(
        message.errorDetail?.message ?? message.error ?? 'unknown error',
        message.errorDetail?.code || 1,
      );
    if (message.aux !== undefined) {
      options.onAux?.(message.aux);
      continue;
    }
    if (message.stream !== undefined) {
      options.print(message.stream);
      continue;
    }
    const bar = progressBar(message, options.columns ?? 80);
    if (!options.terminal) {
      if (bar === '') options.print(`${message.id ? `${message.id}: ` : ''}${message.status ?? ''}\n`);
      continue;
    }
    if (!message.id) {
      options.print(`${message.status ?? ''}\n`);
      lines.clear();
      continue;
    }
    const known = lines.get(message.id);
    const up = known === undefined ? 0 : lines.size - known;
    if (known === undefined) lines.set(message.id, lines.size);
    const text = `${message.id}: ${message.status ?? ''} ${bar}`.trimEnd();
    options.print(known === undefined ? `${text}\n` : `\x1b[${up}A\x1b[2K\r${text}\x1b[${up}B\r`);
  }
}

/** `[=====>    ]  1.2MB/4.1MB`, or nothing where no amounts are known. */
export function progressBar(message: Message, columns: number): string {
  const { current, total } = message.progressDetail ?? {};
  if (!current) return '';
  if (!total || current > total) return humanSize(current).padStart(8);
  const width = 50;
  const done = Math.floor((current / total) * width);
  const bar = columns > 110 || columns === 80 ? `[${'='.repeat(done)}>${' '.repeat(width - done)}] ` : '';
  return `${bar}${humanSize(current).padStart(8)}/${humanSize(total)}`;
}

/** How to show progress on the client's stdout (or stderr, as `docker run` does for its pull). */
export function showOn(io: Io, toStderr = false): ShowOptions {
  return {
    terminal: io.isTerminal(toStderr ? 2 : 1),
    columns: io.size()?.[1],
    print: (text) => (toStderr ? io.err(text) : io.out(text)),
  };
}
