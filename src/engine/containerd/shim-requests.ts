// What containerd may ask of a shim, one case a method. The names are those of api.ts.
import { onReadable, sleep } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import {
  cgroupPids,
  freezeCgroup,
  isFrozen,
  killCgroup,
  readStats,
  writeLimits,
  cgroupDirectory,
} from '../runc/cgroup.ts';
import { deleteContainer } from '../runc/delete.ts';
import { TaskError, type Console, type ContainerdAnswer, type RequestLine } from './api.ts';
import type { Shim, ShimProcess } from './shim.ts';
import { closeStdin, closeStdio } from './stdio.ts';

export function handleRequest(shim: Shim, request: RequestLine): unknown {
  switch (request.method) {
    case 'create': {
      const made = shim.create(request.params.stdio, request.params.span);
      shim.watchOom(onReadable);
      return started(made);
    }
    case 'start':
      return { pid: shim.start(request.params.span).pid };
    case 'exec': {
      const { execId, process, stdio, privileged = false, span } = request.params;
      return started(shim.exec(execId, process, stdio, privileged, span));
    }
    case 'kill':
      return kill(shim, request.params);
    case 'delete':
      return remove(shim, request.params);
    case 'resize': {
      const { master } = shim.process(request.params.execId).stdio;
      if (master >= 0) sys.setWindowSize(master, { rows: request.params.height, cols: request.params.width });
      return {};
    }
    case 'closeStdin':
      closeStdin(shim.process(request.params.execId).stdio);
      return {};
    case 'pause':
      return freeze(shim, true);
    case 'resume':
      return freeze(shim, false);
    case 'update':
      step('runc', 'writeLimits', 'src/engine/runc/cgroup.ts');
      writeLimits(cgroupDirectory(shim.cgroupsPath), request.params.resources);
      return {};
    case 'pids':
      return { pids: cgroupPids(shim.cgroupsPath) };
    case 'stats':
      return { files: readStats(shim.cgroupsPath), readAtMs: sys.monotonicMs() };
    case 'state':
      return shim.describe(shim.process(request.params.execId));
    case 'list':
      return { tasks: [...shim.processes.values()].map((process) => shim.describe(process)) };
    default:
      throw new TaskError('invalid-argument', `${request.method} is not a method of the shim`);
  }
}

function started({ pid, stdio }: ShimProcess): { pid: number; console?: Console } {
  return { pid, ...(stdio.master >= 0 && { console: { pid: sys.getpid(), fd: stdio.master } }) };
}

function kill(
  shim: Shim,
  { execId, signal, all }: { execId?: string; signal: number; all?: boolean },
): Record<string, never> {
  step('runc', 'kill', 'src/engine/containerd/shim-requests.ts');
  const process = shim.process(execId);
  if (all) {
    if (signal === sys.SIGNAL.SIGKILL) killCgroup(shim.cgroupsPath);
    else for (const pid of cgroupPids(shim.cgroupsPath)) sys.killQuietly(pid, signal);
    return {};
  }
  // The PID cannot have become somebody else's: until we reap it, it is taken.
  if (process.exit || !sys.killQuietly(process.pid, signal))
    throw new TaskError('not-found', 'process already finished: not found');
  return {};
}

const FREEZE_POLL_MS = 2;
const FREEZE_LIMIT_MS = 2000;

/** Freezing takes effect when every process has come to a stop: until then the container is not paused. */
async function freeze(shim: Shim, frozen: boolean): Promise<Record<string, never>> {
  step('runc', 'freezeCgroup', 'src/engine/runc/cgroup.ts');
  freezeCgroup(shim.cgroupsPath, frozen);
  const deadline = sys.monotonicMs() + FREEZE_LIMIT_MS;
  while (frozen && !isFrozen(shim.cgroupsPath)) {
    if (sys.monotonicMs() > deadline) {
      freezeCgroup(shim.cgroupsPath, false);
      throw new TaskError('unknown', 'unable to freeze: unknown');
    }
    await sleep(FREEZE_POLL_MS);
  }
  shim.paused = frozen;
  shim.publish({ topic: frozen ? '/tasks/paused' : '/tasks/resumed', id: shim.id });
  return {};
}

const DELETE_POLL_MS = 5;

async function remove(
  shim: Shim,
  { execId, force = false }: { execId?: string; force?: boolean },
): Promise<ContainerdAnswer<'delete'>> {
  const process = shim.process(execId);
  if (!process.exit) {
    if (!force)
      throw new TaskError('failed-precondition', 'task must be stopped before deletion: running: failed precondition');
    if (execId === undefined) killCgroup(shim.cgroupsPath);
    else sys.killQuietly(process.pid, sys.SIGNAL.SIGKILL);
    while (!process.exit) await sleep(DELETE_POLL_MS);
  }
  const { status, at, oomKilled } = process.exit;
  if (execId === undefined) {
    while (!deleteContainer(shim.id, shim.cgroupsPath)) await sleep(DELETE_POLL_MS);
    shim.end();
  } else shim.processes.delete(execId);
  closeStdio(process.stdio);
  return { pid: process.pid, exitStatus: status, exitedAt: at, oomKilled };
}
