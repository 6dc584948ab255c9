// `runc create`: everything up to the program itself. The shim starts this process (vfork); it makes the cgroup, clones the
// container's first process into new namespaces (init.ts) and waits until that one is ready or has failed.
//
//   containerd-shim            runc create                         runc:[2:INIT]  (to be PID 1 of the container)
//        │  vfork                   │
//        ├─────────────────────────▶│ 1 mkdir state, exec.fifo
//        │                          │ 2 mkdir cgroup, write limits
//        │                          │ 3 setns (--network container:X)
//        │                          │ 4 clone3(CLONE_NEW…, INTO_CGROUP)
//        │                          ├────────────────────────────▶│ 5 mounts, pivot_root
//        │◀─ ─ ─ pty's master (SCM_RIGHTS), if a terminal ─ ─ ─ ─ ─│ 6 console
//        │                          │                             │ 7 hostname, masks, user, capabilities, seccomp
//        │                          │◀──── "ready" or "error …" ──│ 8 program found in $PATH
//        │                          │ 9 state.json                │ 10 open(exec.fifo) for writing: sleeps …
//        │◀─ exit 0; its child is now the shim's (subreaper) ─      ┆
//        │  start: open(exec.fifo) for reading ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶ … wakes
//        │                                                        │ 11 execve: the program runs
import * as sys from '../sys/index.ts';
import { spanFds, step } from '../span.ts';
import { cgroupDirectory, createCgroup, killCgroup, oomKills, removeCgroup } from './cgroup.ts';
import { attachDeviceFilter } from './device-filter.ts';
import { phase, RuncError } from './error.ts';
import { runInit } from './init.ts';
import { joinNamespaces, newNamespaceFlags } from './namespaces.ts';
import { seccompFilter } from './seccomp.ts';
import type { Spec } from './spec.ts';
import { EXEC_FIFO, removeState, stateDirectory, writeState } from './state.ts';
import { withUndo, type UndoStack } from './undo.ts';

export interface CreateRequest {
  readonly id: string;
  readonly bundle: string;
  readonly spec: Spec;
  /** Descriptors for the container's 0, 1, 2; with a terminal they are /dev/null until the console is there. */
  readonly stdio: readonly [number, number, number];
  /** Where the pty's master is to be sent. */
  readonly consoleSocket?: number;
}

/** PID of the container's first process, which waits at exec.fifo. On failure nothing is left. */
export function create(request: CreateRequest): number {
  const { id, spec } = request;
  return withUndo((undo) => {
    step('runc', 'create', 'src/engine/runc/create.ts');

    // 1. The state directory with the FIFO at which PID 1 will wait. Any user may write to it: by then PID 1 may not
    //    be root any more.
    const directory = stateDirectory(id);
    sys.mkdirAll(directory.slice(0, directory.lastIndexOf('/')), 0o700);
    phase('container with given ID already exists', () => sys.mkdir(directory, 0o711));
    undo.push(() => removeState(id));
    const mask = sys.umask(0);
    sys.mkfifo(`${directory}/${EXEC_FIFO}`, 0o622);
    sys.umask(mask);

    // 2. The cgroup with its limits, and who may open which device.
    step('runc', 'createCgroup', 'src/engine/runc/cgroup.ts');
    const { cgroupsPath, resources = {} } = spec.linux;
    undo.push(() => void (killCgroup(cgroupsPath), removeCgroup(cgroupsPath)));
    phase('unable to apply cgroup configuration', () => createCgroup(cgroupsPath, resources));
    const cgroupFd = sys.open(cgroupDirectory(cgroupsPath), sys.O_DIRECTORY | sys.O_RDONLY);
    if (resources.devices?.length)
      phase('bpf_prog_attach', () => attachDeviceFilter(cgroupFd, resources.devices ?? []));

    // 3. Namespaces of other containers that this one shares.
    joinNamespaces(spec);

    // 4. The first process, born in its namespaces and in its cgroup: nothing of it ever runs unlimited.
    const pid = cloneInit(request, cgroupFd, undo);

    // 9. The container exists.
    writeState({
      ociVersion: spec.ociVersion,
      id,
      pid,
      bundle: request.bundle,
      rootfs: spec.root.path,
      cgroupsPath,
      created: sys.rfc3339Nano(),
    });
    return pid;
  });
}

function cloneInit(request: CreateRequest, cgroupFd: number, undo: UndoStack): number {
  const { id, spec, stdio, consoleSocket } = request;
  const filter = seccompFilter(spec.linux.seccomp, spec.process);
  // Messages, not a stream: one read is one report.
  const [parentEnd, childEnd] = sys.socketpair(sys.AF.UNIX, sys.SOCK.SEQPACKET);
  const fifoDirectory = sys.open(stateDirectory(id), sys.O_DIRECTORY | sys.O_RDONLY);
  step('runc', 'cloneInit', 'src/engine/runc/create.ts');
  const child = sys.fork(() => runInit({ spec, stdio, consoleSocket, filter, report: childEnd, fifoDirectory }), {
    flags: newNamespaceFlags(spec),
    cgroupFd,
    keep: [...stdio, childEnd, fifoDirectory, ...(consoleSocket === undefined ? [] : [consoleSocket]), ...spanFds()],
    title: 'runc:[2:INIT]',
  });
  undo.push(() => {
    sys.killQuietly(child.pid, sys.SIGNAL.SIGKILL);
    sys.waitpid(child.pid);
  });
  sys.closeQuietly(childEnd);

  // 8. Nothing more to do here until it says how it went.
  awaitReady(parentEnd, spec);
  for (const fd of [parentEnd, fifoDirectory, cgroupFd, child.pidfd]) sys.closeQuietly(fd);
  return child.pid;
}

function awaitReady(fd: number, spec: Spec): void {
  const buffer = new Uint8Array(8192);
  const length = sys.read(fd, buffer);
  const report = sys.utf8Decode(buffer.subarray(0, length));
  if (report === 'ready') return;
  if (report.startsWith('error ')) throw new RuncError(`error during container init: ${report.slice('error '.length)}`);
  // It died without a word.
  if (oomKills(spec.linux.cgroupsPath) > 0)
    throw new RuncError('container init was OOM-killed (memory limit too low?)');
  throw new RuncError('error during container init: EOF');
}
