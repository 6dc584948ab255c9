// The stream of JSON lines by which pull, push, load and build tell how far they are. Endpoints that answer with it have
// sent their status already, so failures are lines as well.
import type { ByteWriter } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { ClientQueue } from '../dockerd/container/streams.ts';
import { messageOf } from '../dockerd/errors.ts';

export interface ProgressLine {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly stream?: string;
  readonly aux?: object;
}

export type Report = (line: ProgressLine) => void;

/** Runs work that reports to the client; what it throws becomes the last line. */
export async function reporting(out: ByteWriter, work: (report: Report) => Promise<void>): Promise<void> {
  const queue = new ClientQueue(out);
  const say = (line: object): void => void queue.push(sys.utf8Encode(`${JSON.stringify(line)}\r\n`));
  try {
    await work(say);
  } catch (error) {
    const message = messageOf(error);
    // A RUN that failed tells its exit code, which becomes that of `docker build`.
    const code = (error as { code?: unknown } | null)?.code;
    say({ errorDetail: { ...(typeof code === 'number' && { code }), message }, error: message });
  }
  await queue.flushed();
}

const INTERVAL_MS = 100;

/** Lets a report through at most ten times a second, whatever comes in between. */
export function throttled(report: (current: number) => void): (current: number) => void {
  let lastMs = -Infinity;
  return (current) => {
    const nowMs = sys.monotonicMs();
    if (nowMs - lastMs < INTERVAL_MS) return;
    lastMs = nowMs;
    report(current);
  };
}
