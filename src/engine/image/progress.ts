// The stream of JSON lines by which pull, push, load and build tell how far they are. Endpoints that answer with it have
// sent their status already, so failures are lines as well.
import { setTimeout, type ByteWriter } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { ClientQueue } from '../dockerd/container/streams.ts';
import { messageOf } from '../dockerd/errors.ts';
import { stream, type Reply } from '../dockerd/request.ts';

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
  // What is said within one turn of the loop leaves as one chunk: a build from the cache says thirty lines in a row.
  let lines = '';
  const flush = (): void => {
    if (lines !== '') queue.push(sys.utf8Encode(lines));
    lines = '';
  };
  const say = (line: object): void => {
    if (lines === '') setTimeout(flush, 0);
    lines += `${JSON.stringify(line)}\r\n`;
  };
  try {
    await work(say);
  } catch (error) {
    const message = messageOf(error);
    // A RUN that failed tells its exit code, which becomes that of `docker build`.
    const code = (error as { code?: unknown } | null)?.code;
    say({ errorDetail: { ...(typeof code === 'number' && { code }), message }, error: message });
  }
  flush();
  await queue.flushed();
}

/**
 * An endpoint's answer that is made of progress. What fails before anything was told is an answer with a status of its own, as in
 * Docker; later failures are lines. Rejects with the former.
 */
export async function progressReply(work: (report: Report) => Promise<void>): Promise<Reply> {
  const early: ProgressLine[] = [];
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let say: Report = (line) => {
    early.push(line);
    begin();
  };
  const done = work((line) => say(line));
  await Promise.race([begun, done]);
  done.catch(() => undefined);
  return stream('application/json', (out) =>
    reporting(out, (report) => {
      for (const line of early) report(line);
      say = report;
      return done;
    }),
  );
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
