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

/**
 * Runs `work` as the process `runc <op>` and gives what it returned there. Throws RuncFailure with its text. The shim has nothing to do
 * meanwhile, so runc has the shim's memory instead of a copy of it; what must not be the shim's (the container's first process) is
 * forked from there.
 */
export function runc<T>(call: RuncCall, work: () => T): T {
  let report: Report<T> | undefined;
  const status = sys.vfork(
    () => {
      const span = spanBegin('runc', 'container', { op: call.op, id: call.id }, call.span);
      try {
        report = { result: work() };
      } catch (error) {
        report = { error: describe(error) };
      }
      spanEnd(span, 'runc', 'container');
      return 'error' in report ? 1 : 0;
    },
    {
      keep: [...call.keep, ...spanFds(), ...deviceFilterFds()],
      title: `runc --root /var/run/docker/runtime-runc/moby ${call.op} ${call.id}`,
    },
  );
  if (!report)
    throw new RuncFailure(
      `runc did not terminate successfully: ${status.kind === 'exited' ? `exit status ${status.code}` : `signal ${status.signal}`}`,
    );
  if ('error' in report) throw new RuncFailure(report.error);
  return report.result;
}
