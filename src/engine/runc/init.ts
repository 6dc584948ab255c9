// The container's first process before it is the container's program (`runc:[2:INIT]`): it has just been cloned into new
// namespaces and furnishes them from inside. create.ts draws the whole hand-shake. Numbers go on from there.
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import { setupConsole } from './console.ts';
import { describe, phase } from './error.ts';
import { becomeProcess, execProgram } from './process.ts';
import { finishRootfs, prepareRootfs } from './rootfs.ts';
import type { Spec } from './spec.ts';
import { EXEC_FIFO } from './state.ts';

export interface InitRequest {
  readonly spec: Spec;
  readonly stdio: readonly [number, number, number];
  readonly consoleSocket: number | undefined;
  readonly filter: Uint8Array | undefined;
  /** Socket to `runc create`: one message, "ready" or "error …". */
  readonly report: number;
  /** runc's state directory, where exec.fifo lies; after pivot_root no path leads there. */
  readonly fifoDirectory: number;
}

/** Never returns to its caller: it becomes the program, or ends. */
export function runInit(request: InitRequest): number {
  const { spec, filter, report } = request;
  let program;
  try {
    furnish(request);
    program = becomeProcess(spec.process, filter);
    sys.writeAll(report, 'ready');
  } catch (error) {
    sys.writeAll(report, `error ${describe(error)}`);
    return 1;
  }
  try {
    // 10. Opening a FIFO for writing sleeps until somebody opens it for reading: that is `runc start`.
    const fifo = sys.openat(request.fifoDirectory, EXEC_FIFO, sys.O_WRONLY);
    sys.writeAll(fifo, '0');

    // 11. All our descriptors are close-on-exec; the program gets 0, 1 and 2.
    execProgram(program, spec.process, filter);
  } catch (error) {
    // Nobody waits for a report any more: the container's own stderr is the only place left.
    const why = error instanceof sys.SyscallError ? error.text : describe(error);
    sys.writeAll(2, `exec ${program.path}: ${why}\n`);
    return 255;
  }
}

function furnish({ spec, stdio, consoleSocket }: InitRequest): void {
  step('runc', 'runInit', 'src/engine/runc/init.ts');
  // A session of our own, so that a terminal can become ours and its Ctrl-C stays in the container.
  sys.setsid();
  for (const [target, fd] of stdio.entries()) sys.dup2(fd, target);

  // The cgroup namespace only now: it takes the cgroup that its maker is in as its root, and here we are in our own.
  if (spec.linux.namespaces.some(({ type, path }) => type === 'cgroup' && !path)) sys.unshare(sys.CLONE_NEWCGROUP);
  const { oomScoreAdj, cwd, terminal, consoleSize } = spec.process;
  if (oomScoreAdj !== undefined) sys.writeControl('/proc/self/oom_score_adj', String(oomScoreAdj));

  // 5. File systems.
  prepareRootfs(spec);

  // 6. Terminal.
  if (terminal && consoleSocket !== undefined) setupConsole(consoleSocket, consoleSize, true);

  // 7. Names and knobs of the new namespaces, before /proc/sys is made read-only.
  if (spec.hostname !== undefined) phase('sethostname', () => sys.sethostname(spec.hostname ?? ''));
  if (spec.domainname) sys.setdomainname(spec.domainname);
  for (const [key, value] of Object.entries(spec.linux.sysctl ?? {})) writeSysctl(key, value);
  // A working directory that the image lacks is made.
  if (cwd !== '/') sys.mkdirAll(cwd);
  finishRootfs(spec);
}

/** sysctl(8): `net.ipv4.ip_forward` is the file /proc/sys/net/ipv4/ip_forward. */
function writeSysctl(key: string, value: string): void {
  phase(`error writing sysctl ${key}`, () => sys.writeControl(`/proc/sys/${key.replaceAll('.', '/')}`, value));
}
