// One client on a process's streams, for attach and exec: output in frames (or raw from a terminal), what is typed to
// stdin, and the detach keys, which only the engine can tell from typing.
import { AbortController } from '../../loop/index.ts';
import { invalidParameter } from '../errors.ts';
import type { ApiRequest, Duplex } from '../request.ts';
import { ClientQueue, frame, type Streams } from './streams.ts';

export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  /** Both outputs as they are, without frames that tell them apart: from a terminal, and in a WebSocket. */
  readonly raw: boolean;
  /** The client's end of input is the process's. */
  readonly closeStdin: boolean;
  /** '' is ctrl-p,ctrl-q */
  readonly detachKeys: string;
}

/** The client's Content-Type; older clients are told only that it is raw. */
export function streamType(request: ApiRequest, tty: boolean): string {
  const multiplexed = !tty && request.apiVersion >= 42;
  return multiplexed ? 'application/vnd.docker.multiplexed-stream' : 'application/vnd.docker.raw-stream';
}

/** Serves a client until the process has ended, the client is gone, or it typed the detach keys. */
export async function attachClient(
  connection: Duplex,
  streams: Streams,
  ended: Promise<void>,
  options: AttachOptions,
): Promise<'ended' | 'detached'> {
  const gone = new AbortController();
  const queue = new ClientQueue(connection, () => gone.abort());
  const detach = streams.attach((stream, bytes) => {
    if (options.tty ? options.stdout : options[stream]) return queue.push(options.raw ? bytes : frame(stream, bytes));
  });
  const left = new Promise<'ended' | 'detached'>((resolve) => {
    gone.signal.onAbort(() => resolve('ended'));
    void readInput(connection, streams, options).then((outcome) => {
      if (outcome === 'detached') resolve('detached');
      // A client that only listens and hangs up is gone; one that sends nothing more may still want output.
      else if (!options.stdout && !options.stderr) resolve('ended');
    });
  });
  const outcome = await Promise.race([left, ended.then(() => 'ended' as const)]);
  detach();
  await queue.flushed();
  return outcome;
}

async function readInput(connection: Duplex, streams: Streams, options: AttachOptions): Promise<'ended' | 'detached'> {
  const keys = options.tty ? detachKeys(options.detachKeys) : [];
  let seen = 0;
  try {
    for (let bytes = await connection.read(); bytes !== null; bytes = await connection.read()) {
      if (!options.stdin) continue;
      if (keys.length === 0) {
        await streams.write(bytes);
        continue;
      }
      const scan = scanKeys(bytes, keys, seen);
      seen = scan.seen;
      if (scan.pass.length > 0) await streams.write(scan.pass);
      if (scan.complete) return 'detached';
    }
  } catch {
    // A connection that breaks is an end of input.
  }
  if (options.stdin && options.closeStdin && !options.tty) await streams.closeStdin();
  return 'ended';
}

/** `ctrl-p,ctrl-q` to bytes. `ctrl-a` … `ctrl-z`, `ctrl-@`, `ctrl-[`, `ctrl-\`, `ctrl-]`, `ctrl-^`, `ctrl-_`, or one character. */
export function detachKeys(text: string): number[] {
  const keys = text === '' ? 'ctrl-p,ctrl-q' : text;
  return keys.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) - 64;
    if (key.length === 1) return key.charCodeAt(0);
    throw invalidParameter(`Invalid detach keys (${text}) provided`);
  });
}

/** Finds the keys in typed bytes; those of an unfinished sequence are held back, and passed on if it breaks off. */
export function scanKeys(
  bytes: Uint8Array,
  keys: readonly number[],
  seen: number,
): { pass: Uint8Array; seen: number; complete: boolean } {
  // Typing comes a byte at a time and a paste holds no control keys: the common cases look at few bytes.
  if (seen === 0 && !bytes.includes(keys[0] ?? -1)) return { pass: bytes, seen: 0, complete: false };
  const pass: number[] = [];
  let matched = seen;
  for (const byte of bytes) {
    if (byte === keys[matched]) {
      matched += 1;
      if (matched === keys.length) return { pass: Uint8Array.from(pass), seen: 0, complete: true };
      continue;
    }
    pass.push(...keys.slice(0, matched));
    matched = byte === keys[0] ? 1 : 0;
    if (matched === 0) pass.push(byte);
  }
  return { pass: Uint8Array.from(pass), seen: matched, complete: false };
}
