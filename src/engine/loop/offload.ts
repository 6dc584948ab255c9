// Work that would block the loop (unpacking, copying, removing trees, packing) runs in a forked child; its JSON answer comes back over a pipe.

import { SyscallError } from '../sys/error.ts';
import { utf8Decode } from '../sys/bytes.ts';
import { closeQuietly, pipe2, writeAll } from '../sys/file.ts';
import { fork, kill } from '../sys/process.ts';
import type { AbortSignal } from './abort.ts';
import { FdReader } from './stream.ts';
import { childExit } from './wait.ts';

type Line =
  | { kind: 'progress'; value: unknown }
  | { kind: 'done'; value: unknown }
  | { kind: 'syscall'; call: string; args: unknown[]; errno: number }
  | { kind: 'error'; name: string; message: string; code?: string };

export interface OffloadOptions<P> {
  /** Called with what the work reports. */
  onProgress?: (value: P) => void;
  /** Kills the child. */
  signal?: AbortSignal;
  /** Descriptors that the work uses; all others are closed in the child. */
  keep?: readonly number[];
  title?: string;
}

/** Runs work in a child: its result (JSON). Errors arrive as what they were if a SyscallError, else as Error with the same name and message. */
export async function offload<T, P = unknown>(
  work: (report: (value: P) => void) => T,
  options: OffloadOptions<P> = {},
): Promise<T> {
  const [from, to] = pipe2();
  const child = fork(
    () => {
      const send = (line: Line): void => void writeAll(to, `${JSON.stringify(line)}\n`);
      try {
        send({ kind: 'done', value: work((value) => send({ kind: 'progress', value })) });
      } catch (error) {
        send(encodeError(error));
      }
      return 0;
    },
    { keep: [to, ...(options.keep ?? [])], ...(options.title === undefined ? {} : { title: options.title }) },
  );
  closeQuietly(to);
  const offAbort = options.signal?.onAbort(() => kill(child.pid, 9));
  let last: Line | undefined;
  try {
    let pending = '';
    const reader = new FdReader(from);
    for (let bytes = await reader.read(); bytes !== null; bytes = await reader.read()) {
      const lines = (pending + utf8Decode(bytes)).split('\n');
      pending = lines.pop() ?? '';
      for (const text of lines) {
        last = JSON.parse(text) as Line;
        if (last.kind === 'progress') options.onProgress?.(last.value as P);
      }
    }
  } finally {
    closeQuietly(from);
    offAbort?.();
  }
  const status = await childExit(child);
  options.signal?.throwIfAborted();
  if (last?.kind === 'done') return last.value as T;
  throw decodeError(last, JSON.stringify(status));
}

function encodeError(error: unknown): Line {
  if (error instanceof SyscallError)
    return { kind: 'syscall', call: error.call, args: error.args.map(String), errno: error.errno };
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return { kind: 'error', name: error.name, message: error.message, ...(typeof code === 'string' ? { code } : {}) };
  }
  return { kind: 'error', name: 'Error', message: String(error) };
}

function decodeError(line: Line | undefined, status: string): Error {
  if (line?.kind === 'syscall') return new SyscallError(line.call, line.args, line.errno);
  if (line?.kind === 'error')
    return Object.assign(new Error(line.message), {
      name: line.name,
      ...(line.code === undefined ? {} : { code: line.code }),
    });
  return new Error(`the child ended without an answer: ${status}`);
}
