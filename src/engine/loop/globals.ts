// What third-party code expects of a JavaScript host and QuickJS lacks: timers, console (to stderr), TextEncoder, AbortController …
// Our own code imports from ./index.ts instead. Importing this file installs them.

import { utf8Decode, utf8Encode } from '../sys/bytes.ts';
import { writeAll } from '../sys/file.ts';
import { AbortController, AbortSignal } from './abort.ts';
import { clearTimeout, setInterval, setTimeout } from './timers.ts';

class Utf8Encoder {
  readonly encoding = 'utf-8';
  encode(text = ''): Uint8Array {
    return utf8Encode(text);
  }
}

class Utf8Decoder {
  readonly encoding = 'utf-8';
  decode(bytes: Uint8Array = new Uint8Array()): string {
    return utf8Decode(bytes);
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return `${value.name}: ${value.message}\n${value.stack ?? ''}`.trimEnd();
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

const print = (...values: unknown[]): void => {
  try {
    writeAll(2, `${values.map(show).join(' ')}\n`);
  } catch {
    // A closed stderr must not end a daemon.
  }
};

/** console on stderr; stdout belongs to the program. */
export const console = { log: print, info: print, warn: print, error: print, debug: print };

const host = {
  console,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval: clearTimeout,
  queueMicrotask: (job: () => void): void => void Promise.resolve().then(job),
  AbortController,
  AbortSignal,
  TextEncoder: Utf8Encoder,
  TextDecoder: Utf8Decoder,
};

/** Installs what is missing; under Node nothing is. */
export function installGlobals(
  target: Record<string, unknown> = globalThis as unknown as Record<string, unknown>,
): void {
  for (const [name, value] of Object.entries(host)) target[name] ??= value;
}

installGlobals();
