// containerd-shim-runc-v2: one process per container, forked from containerd, and its own master from then on. It holds
// the container's streams and terminal, calls runc, is the parent that reaps the container's processes, and remembers how
// they ended. It outlives containerd and dockerd: a new containerd finds it at its socket.
import { onSignal, reapAll, run, setTimeout } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { spanBegin, spanEnd } from '../span.ts';
import { cgroupDirectory, oomKills } from '../runc/cgroup.ts';
import { create } from '../runc/create.ts';
import { describe } from '../runc/error.ts';
import { exec } from '../runc/exec.ts';
import type { Process, Spec } from '../runc/spec.ts';
import { start } from '../runc/start.ts';
import { TASK_ROOT, TaskError, type RequestLine, type Stdio, type TaskEvent, type TaskProcess } from './api.ts';
import { JsonLines, listenUnix } from './lines.ts';
import { answer } from './rpc.ts';
import { runc, RuncFailure } from './runc-child.ts';
import { handleRequest } from './shim-requests.ts';
import { closeStdin, closeStdio, openStdio, type OpenStdio } from './stdio.ts';

export const shimSocket = (id: string): string => `/run/containerd/s/${id}`;
export const taskDirectory = (id: string): string => `${TASK_ROOT}/${id}`;
export const EXIT_FILE = 'exit.json';
const END_DELAY_MS = 50;

/** A process of the container that the shim started: PID 1 (no execId) or an exec. */
export interface ShimProcess {
  readonly execId?: string;
  readonly pid: number;
  readonly stdio: OpenStdio;
  readonly paths: Stdio;
  started: boolean;
  exit?: { readonly status: number; readonly at: string; readonly oomKilled: boolean };
}

export class Shim {
  readonly processes = new Map<string, ShimProcess>();
  readonly #connections = new Set<JsonLines>();
  paused = false;
  /** Set when the task is deleted: the shim ends once its answer is sent. */
  finished: (() => void) | undefined;
  #oomSeen = 0;

  constructor(
    readonly id: string,
    readonly spec: Spec,
  ) {}

  get cgroupsPath(): string {
    return this.spec.linux.cgroupsPath;
  }

  connect(fd: number): void {
    const lines = new JsonLines(fd, {
      onMessage: (message) => {
        const request = message as RequestLine;
        void answer(lines, request.seq, () => handleRequest(this, request));
      },
      onClose: () => {
        this.#connections.delete(lines);
        // Nothing was created, nobody will ask again.
        if (this.processes.size === 0) this.end();
      },
    });
    this.#connections.add(lines);
  }

  /** Not at once: ending a process takes as long as starting one, and somebody waits for the answer that was just sent. */
  end(): void {
    // A container of the same id may be started before we are gone: the socket's name is free from now on.
    sys.removeQuietly(shimSocket(this.id));
    setTimeout(() => this.finished?.(), END_DELAY_MS);
  }

  publish(event: TaskEvent): void {
    for (const lines of this.#connections) lines.send({ event });
  }

  process(execId: string | undefined): ShimProcess {
    const found = this.processes.get(execId ?? '');
    if (!found) throw new TaskError('not-found', `process ${execId ?? this.id}: not found`);
    return found;
  }

  /** runc create. */
  create(stdio: Stdio, span: string | undefined): ShimProcess {
    const opened = openStdio(stdio, this.spec.process.terminal ?? false);
    return this.#spawn(undefined, opened, stdio, 'OCI runtime create failed: runc create failed', () =>
      runc({ op: 'create', id: this.id, keep: this.#keep(opened), span }, () =>
        create({
          id: this.id,
          bundle: taskDirectory(this.id),
          spec: this.spec,
          stdio: opened.process,
          ...consoleOf(opened),
        }),
      ),
    );
  }

  /** runc start: one FIFO to open, for which no process of its own is made (it would take longer than the work). */
  start(span: string | undefined): ShimProcess {
    const init = this.process(undefined);
    const id = spanBegin('runc', 'container', { op: 'start', id: this.id }, span);
    try {
      start(this.id, init.pid);
    } catch (error) {
      throw new TaskError('failed-precondition', `OCI runtime start failed: ${describe(error)}: unknown`);
    } finally {
      spanEnd(id, 'runc', 'container');
    }
    init.started = true;
    this.publish({ topic: '/tasks/start', id: this.id, pid: init.pid });
    return init;
  }

  /** runc exec. */
  exec(execId: string, process: Process, stdio: Stdio, privileged: boolean, span: string | undefined): ShimProcess {
    const init = this.process(undefined);
    if (init.exit) throw new TaskError('failed-precondition', 'cannot exec in a stopped state: failed precondition');
    if (this.paused)
      throw new TaskError('failed-precondition', 'cannot exec in a paused container (use --ignore-paused to override)');
    if (this.processes.has(execId)) throw new TaskError('already-exists', `id ${execId}: already exists`);
    const { seccomp } = this.spec.linux;
    const opened = openStdio(stdio, process.terminal ?? false);
    const made = this.#spawn(execId, opened, stdio, 'OCI runtime exec failed: exec failed', () =>
      runc({ op: 'exec', id: this.id, keep: this.#keep(opened), span }, () =>
        exec({
          pid: init.pid,
          cgroupsPath: this.cgroupsPath,
          process,
          stdio: opened.process,
          ...consoleOf(opened),
          ...(seccomp && !privileged && { seccomp }),
        }),
      ),
    );
    made.started = true;
    this.publish({ topic: '/tasks/exec-started', id: this.id, execId, pid: made.pid });
    return made;
  }

  #keep(stdio: OpenStdio): number[] {
    return stdio.consoleSocket === undefined ? [...stdio.process] : [...stdio.process, stdio.consoleSocket];
  }

  #spawn(execId: string | undefined, stdio: OpenStdio, paths: Stdio, prefix: string, start: () => number): ShimProcess {
    let pid: number;
    try {
      pid = start();
    } catch (error) {
      stdio.finish();
      closeStdio(stdio);
      if (!(error instanceof RuncFailure)) throw error;
      throw new TaskError('unknown', `${prefix}: unable to start container process: ${error.message}: unknown`);
    }
    stdio.finish();
    const made: ShimProcess = { ...(execId !== undefined && { execId }), pid, stdio, paths, started: false };
    this.processes.set(execId ?? '', made);
    return made;
  }

  /** SIGCHLD: reaps whoever ended, also orphans that became ours because we are the subreaper. */
  reap(): void {
    // While PID 1 lives there is somebody to wait for; "no children" (ECHILD) would be an exception, and those are slow.
    while ([...this.processes.values()].some((process) => !process.exit)) {
      const ended = sys.wait4(-1, sys.WNOHANG);
      if (!ended) return;
      for (const process of this.processes.values())
        if (process.pid === ended.pid && !process.exit) this.#ended(process, ended.status);
    }
    this.#reapOrphans();
  }

  /** With --pid host, processes of the container can outlive its PID 1. */
  #reapOrphans(): void {
    if (this.spec.linux.namespaces.some(({ type }) => type === 'pid')) return;
    reapAll(() => undefined);
  }

  #ended(process: ShimProcess, status: sys.ExitStatus): void {
    const span = spanBegin('containerd-shim', 'container', { op: 'exit', id: this.id });
    const oomKilled = this.#checkOom();
    process.exit = { status: sys.exitCode(status), at: sys.rfc3339Nano(), oomKilled };
    closeStdin(process.stdio);
    if (process.execId === undefined)
      sys.writeFile(`${taskDirectory(this.id)}/${EXIT_FILE}`, JSON.stringify(process.exit));
    this.publish({
      topic: '/tasks/exit',
      id: this.id,
      ...(process.execId !== undefined && { execId: process.execId }),
      pid: process.pid,
      exitStatus: process.exit.status,
      exitedAt: process.exit.at,
      oomKilled,
    });
    spanEnd(span, 'containerd-shim', 'container', { exitStatus: process.exit.status });
  }

  /** True if the kernel killed a process of the container for want of memory, ever; a new kill is told at once. */
  #checkOom(): boolean {
    const kills = oomKills(this.cgroupsPath);
    if (kills > this.#oomSeen) {
      this.#oomSeen = kills;
      this.publish({ topic: '/tasks/oom', id: this.id });
    }
    return this.#oomSeen > 0;
  }

  /** memory.events tells inotify when the kernel counts something in it. */
  watchOom(onReadable: (fd: number, callback: () => void) => unknown): void {
    if (!this.spec.linux.resources?.memory?.limit) return;
    const inotify = sys.inotifyInit();
    sys.inotifyAddWatch(inotify, `${cgroupDirectory(this.cgroupsPath)}/memory.events`, sys.IN.MODIFY);
    onReadable(inotify, () => {
      if (sys.readInotify(inotify).some((event) => event.mask & sys.IN.MODIFY)) this.#checkOom();
    });
  }

  describe(process: ShimProcess): TaskProcess {
    return {
      id: this.id,
      ...(process.execId !== undefined && { execId: process.execId }),
      pid: process.pid,
      status: process.exit ? 'stopped' : !process.started ? 'created' : this.paused ? 'paused' : 'running',
      ...(process.exit && {
        exitStatus: process.exit.status,
        exitedAt: process.exit.at,
        oomKilled: process.exit.oomKilled,
      }),
      ...(process.stdio.master >= 0 && { console: { pid: sys.getpid(), fd: process.stdio.master } }),
      stdio: process.paths,
    };
  }
}

const consoleOf = ({ consoleSocket }: OpenStdio): { consoleSocket: number } | Record<string, never> =>
  consoleSocket === undefined ? {} : { consoleSocket };

/** The shim's whole life; runs in the process that containerd forked. `control`: our end of its first connection. */
export function runShim(shim: Shim, control: number): never {
  run(async () => {
    // A session of our own: what ends containerd (a signal to its group, its terminal) does not end us.
    sys.setsid();
    // Processes whose parent ended become our children instead of PID 1's: runc's children first of all. prctl(2)
    sys.prctl(sys.PR.SET_CHILD_SUBREAPER, 1);
    onSignal(sys.SIGNAL.SIGCHLD, () => shim.reap());
    for (const signal of [sys.SIGNAL.SIGTERM, sys.SIGNAL.SIGINT, sys.SIGNAL.SIGHUP, sys.SIGNAL.SIGPIPE])
      sys.ignoreSignal(signal);
    shim.connect(control);
    listenUnix(shimSocket(shim.id), (fd) => shim.connect(fd));
    await new Promise<void>((resolve) => (shim.finished = resolve));
    return 0;
  });
}
