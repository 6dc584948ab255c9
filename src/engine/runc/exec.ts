// `runc exec`: one more process in a running container. No new namespaces: it enters those of PID 1. setns(2), pidfd_open(2)
//
//   containerd-shim           runc exec                       runc:[2:INIT]  (to be the new process)
//        │  vfork                 │
//        ├───────────────────────▶│ 1 pidfd of the container's PID 1
//        │                        │ 2 setns(pidfd, NEWPID): for our children
//        │                        │ 3 clone3(CLONE_INTO_CGROUP)
//        │                        ├─────────────────────────▶│ 4 setns(pidfd, all others)
//        │◀─ ─ ─ pty's master, if a terminal ─ ─ ─ ─ ─ ─ ─ ─ ─│ 5 console, user, capabilities, seccomp
//        │                        │◀─ "error …" or the end ──│ 6 execve (closes the socket)
//        │◀─ exit 0 ──────────────│
import * as sys from '../sys/index.ts';
import { spanFds, step } from '../span.ts';
import { cgroupDirectory } from './cgroup.ts';
import { setupConsole } from './console.ts';
import { describe, RuncError } from './error.ts';
import { becomeProcess, execProgram } from './process.ts';
import { seccompFilter } from './seccomp.ts';
import type { Linux, Process } from './spec.ts';
import { withUndo } from './undo.ts';

export interface ExecRequest {
  /** PID 1 of the container. */
  readonly pid: number;
  readonly cgroupsPath: string;
  readonly seccomp?: Linux['seccomp'];
  readonly process: Process;
  readonly stdio: readonly [number, number, number];
  readonly consoleSocket?: number;
}

/** PID of the new process, which runs already. */
export function exec(request: ExecRequest): number {
  return withUndo((undo) => {
    step('runc', 'exec', 'src/engine/runc/exec.ts');
    // 1. A descriptor for PID 1: its number could be somebody else's by the time we use it.
    const pidfd = sys.pidfdOpen(request.pid);

    // 2. A PID namespace is not entered by the caller itself but by the children it makes from now on.
    sys.setns(pidfd, sys.CLONE_NEWPID);

    // 3. The child starts inside the container's cgroup and so under its limits.
    const cgroupFd = sys.open(cgroupDirectory(request.cgroupsPath), sys.O_DIRECTORY | sys.O_RDONLY);
    const [parentEnd, childEnd] = sys.socketpair(sys.AF.UNIX, sys.SOCK.SEQPACKET);
    const { stdio, consoleSocket } = request;
    const child = sys.fork(() => runExecInit(request, pidfd, childEnd), {
      cgroupFd,
      keep: [...stdio, pidfd, childEnd, ...(consoleSocket === undefined ? [] : [consoleSocket]), ...spanFds()],
      title: 'runc:[2:INIT]',
    });
    undo.push(() => {
      sys.killQuietly(child.pid, sys.SIGNAL.SIGKILL);
      sys.waitpid(child.pid);
    });
    sys.closeQuietly(childEnd);

    // 6. Its end of the socket is close-on-exec: no word and the end means that the program runs.
    const buffer = new Uint8Array(8192);
    const report = sys.utf8Decode(buffer.subarray(0, sys.read(parentEnd, buffer)));
    if (report !== '') throw new RuncError(report);
    return child.pid;
  });
}

function runExecInit(request: ExecRequest, pidfd: number, report: number): number {
  const { process, stdio, consoleSocket } = request;
  try {
    // 4. All the other namespaces at once. The mount namespace brings the container's root and `/` as directory.
    sys.setns(pidfd, sys.CLONE_NEWNS | sys.CLONE_NEWUTS | sys.CLONE_NEWIPC | sys.CLONE_NEWNET | sys.CLONE_NEWCGROUP);
    sys.setsid();
    for (const [target, fd] of stdio.entries()) sys.dup2(fd, target);
    if (process.oomScoreAdj !== undefined) sys.writeControl('/proc/self/oom_score_adj', String(process.oomScoreAdj));
    // 5. /dev/console belongs to PID 1; the new terminal is only the process's own.
    if (process.terminal && consoleSocket !== undefined) setupConsole(consoleSocket, process.consoleSize, false);
    const filter = seccompFilter(request.seccomp, process);
    const program = becomeProcess(process, filter);
    execProgram(program, process, filter);
  } catch (error) {
    const why =
      error instanceof sys.SyscallError && error.call === 'execve'
        ? `exec ${String(error.args[0])}: ${error.text}`
        : describe(error);
    sys.writeAll(report, why);
    return 255;
  }
}
