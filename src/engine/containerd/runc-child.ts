// The shim runs runc as a process of its own, as real shims do: what runc changes (namespaces joined, working directory,
// privileges) ends with it, and its crash is not ours.
import * as sys from '../sys/index.ts';
import { spanBegin, spanEnd, spanFds } from '../span.ts';
import { describe } from '../runc/error.ts';
import { deviceFilterFds } from '../runc/device-filter.ts';

type Report<T> = { readonly result: T } | { readonly error: string };

export interface RuncCall {
  /** `create`, `start`, `exec`: the sub-command, shown in the process's title. */
  readonly op: string;
  readonly id: string;
  readonly keep: readonly number[];
  readonly span?: string | undefined;
}

export class RuncFailure extends Error {
  override readonly name = 'RuncFailure';
}

/** Forks `runc <op>`, waits for it, and gives what `work` returned there. Throws RuncFailure with its text. */
export function runc<T>(call: RuncCall, work: () => T): T {
  const [from, to] = sys.pipe2();
  const child = sys.fork(
    () => {
      const span = spanBegin('runc', 'container', { op: call.op, id: call.id }, call.span);
      let report: Report<T>;
      try {
        report = { result: work() };
      } catch (error) {
        report = { error: describe(error) };
      }
      spanEnd(span, 'runc', 'container');
      sys.writeAll(to, JSON.stringify(report));
      return 'error' in report ? 1 : 0;
    },
    {
      keep: [to, ...call.keep, ...spanFds(), ...deviceFilterFds()],
      title: `runc --root /var/run/docker/runtime-runc/moby ${call.op} ${call.id}`,
    },
  );
  sys.closeQuietly(to);
  const buffer = new Uint8Array(16 * 1024);
  const length = sys.read(from, buffer);
  sys.closeQuietly(from);
  const status = sys.waitpid(child.pid);
  sys.closeQuietly(child.pidfd);
  if (length === 0)
    throw new RuncFailure(
      `runc did not terminate successfully: ${status.kind === 'exited' ? `exit status ${status.code}` : `signal ${status.signal}`}`,
    );
  const report = JSON.parse(sys.utf8Decode(buffer.subarray(0, length))) as Report<T>;
  if ('error' in report) throw new RuncFailure(report.error);
  return report.result;
}
