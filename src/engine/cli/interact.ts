// A terminal or a pipe tied to a container's streams: raw mode, detach keys, resizing and signals.
import { onSignal, onSignals } from '../loop/index.ts';
import type { Connection } from './api.ts';
import { query, type Invocation } from './command.ts';
import type { Io } from './io.ts';
import { copyMultiplexed, DetachKeys } from './stdio.ts';

export interface Attached extends Connection {
  readonly tty: boolean;
  readonly sendsStdin: boolean;
}

/** Copy both ways until the container's output ends or the detach keys were typed. */
export async function interact(
  attached: Attached,
  io: Io,
  options: { tty: boolean; keys: string },
): Promise<'ended' | 'detached'> {
  const restore = options.tty && attached.sendsStdin && io.isTerminal(0) ? io.raw() : undefined;
  let detached = false;
  const output = options.tty ? copyRaw(attached, io) : copyMultiplexed(attached.stream, io.stdout, io.stderr);
  const typed = new Promise<'detached'>((resolve) => {
    if (!attached.sendsStdin) return;
    void copyStdin(attached, io, options, () => {
      detached = true;
      resolve('detached');
    });
  });
  try {
    return await Promise.race([output.then(() => (detached ? 'detached' : 'ended') as 'ended' | 'detached'), typed]);
  } finally {
    restore?.();
    attached.close();
  }
}

async function copyRaw(attached: Attached, io: Io): Promise<void> {
  for (let bytes = await attached.stream.read(); bytes !== null; bytes = await attached.stream.read()) io.out(bytes);
}

async function copyStdin(
  attached: Attached,
  io: Io,
  options: { tty: boolean; keys: string },
  onDetach: () => void,
): Promise<void> {
  const keys = options.tty ? new DetachKeys(options.keys) : undefined;
  try {
    for (let bytes = await io.stdin.read(); bytes !== null; bytes = await io.stdin.read()) {
      const { pass, detached } = keys ? keys.filter(bytes) : { pass: bytes, detached: false };
      if (pass.length > 0) await attached.stream.write(pass);
      if (detached) return onDetach();
    }
    await attached.stream.end();
  } catch {
    // The container is gone: its output tells.
  }
}

const SIGWINCH = 28;

/** Keep the container's terminal as large as the client's. Answers a function that stops it. */
export function keepSize(call: Invocation, path: string): () => void {
  const send = (): void => {
    const size = call.io.size();
    if (size && size[0] > 0)
      void call.api.call('POST', `${path}${query({ h: size[0], w: size[1] })}`).catch(() => undefined);
  };
  send();
  return onSignal(SIGWINCH, send);
}

const FORWARDED: ReadonlyMap<number, string> = new Map([
  [1, 'HUP'],
  [2, 'INT'],
  [3, 'QUIT'],
  [10, 'USR1'],
  [12, 'USR2'],
  [15, 'TERM'],
]);
const FORWARDED_NUMBERS: readonly number[] = [...FORWARDED.keys()];

/** Pass the client's signals on to the container (--sig-proxy). Answers a function that stops it. */
export function forwardSignals(call: Invocation, id: string): () => void {
  return onSignals(
    FORWARDED_NUMBERS,
    ({ signal }) =>
      void call.api.call('POST', `/containers/${id}/kill?signal=${FORWARDED.get(signal)}`).catch(() => undefined),
  );
}
