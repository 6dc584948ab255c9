// The daemon's streams of JSON messages (pull, push, load, build): one line each on a pipe, lines that move on a terminal.
import type { ByteReader } from '../loop/index.ts';
import { concat, utf8Decode } from '../sys/index.ts';
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

/** Bytes as they come, to the messages that are whole: one a line. A line (or a letter) that was cut waits for its rest. */
class MessageLines {
  #rest: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): Message[] {
    const all = this.#rest.length > 0 ? concat([this.#rest, bytes]) : bytes;
    const end = all.lastIndexOf(NEWLINE) + 1;
    this.#rest = end === all.length ? all.subarray(end) : all.slice(end);
    return parsed(all.subarray(0, end));
  }

  /** What came without a line's end. */
  last(): Message[] {
    return parsed(this.#rest);
  }
}

const NEWLINE = 10;

function parsed(bytes: Uint8Array): Message[] {
  const found: Message[] = [];
  for (const line of utf8Decode(bytes).split('\n')) if (line.trim() !== '') found.push(JSON.parse(line) as Message);
  return found;
}

/** Each JSON value of a stream of them, one a line. */
export async function* messages(body: ByteReader): AsyncGenerator<Message> {
  const lines = new MessageLines();
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) yield* lines.push(bytes);
  yield* lines.last();
}

export interface ShowOptions {
  readonly terminal: boolean;
  readonly columns?: number | undefined;
  readonly print: (text: string) => void;
  readonly onAux?: (aux: unknown) => void;
}

/** Print the messages as they come. Throws CommandError when one is an error. */
export async function showProgress(body: ByteReader, options: ShowOptions): Promise<void> {
  const incoming = new MessageLines();
  const shown = new Shown(options);
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) shown.all(incoming.push(bytes));
  shown.all(incoming.last());
}

class Shown {
  /** Line of each id, counted from the first id's line. */
  readonly #lines = new Map<string, number>();
  constructor(private readonly options: ShowOptions) {}

  /** What came together is printed together. */
  all(messages: readonly Message[]): void {
    let text = '';
    try {
      for (const message of messages) text += this.#textOf(message);
    } finally {
      if (text !== '') this.options.print(text);
    }
  }

  #textOf(message: Message): string {
    if (message.error !== undefined || message.errorDetail)
      throw new CommandError(
        message.errorDetail?.message ?? message.error ?? 'unknown error',
        message.errorDetail?.code || 1,
      );
    if (message.aux !== undefined) {
      this.options.onAux?.(message.aux);
      return '';
    }
    if (message.stream !== undefined) return message.stream;
    const bar = progressBar(message, this.options.columns ?? 80);
    if (!this.options.terminal)
      return bar === '' ? `${message.id ? `${message.id}: ` : ''}${message.status ?? ''}\n` : '';
    const lines = this.#lines;
    if (!message.id) {
      lines.clear();
      return `${message.status ?? ''}\n`;
    }
    const known = lines.get(message.id);
    const up = known === undefined ? 0 : lines.size - known;
    if (known === undefined) lines.set(message.id, lines.size);
    const text = `${message.id}: ${message.status ?? ''} ${bar}`.trimEnd();
    return known === undefined ? `${text}\n` : `\x1b[${up}A\x1b[2K\r${text}\x1b[${up}B\r`;
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
