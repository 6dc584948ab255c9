// A failure of runc, in the words that end up behind `docker: Error response from daemon: …`.
import * as sys from '../sys/index.ts';

export class RuncError extends Error {
  override readonly name = 'RuncError';
}

/** Go's text of a failed call on a path: `mount /x: permission denied`. */
export function describe(error: unknown): string {
  if (error instanceof sys.SyscallError) {
    const about = error.args.find((arg) => typeof arg === 'string');
    return about === undefined ? `${error.call}: ${error.text}` : `${error.call} ${String(about)}: ${error.text}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Runs one phase; a failure is told as `<phase>: <why>`. */
export function phase<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new RuncError(`${name}: ${describe(error)}`);
  }
}
