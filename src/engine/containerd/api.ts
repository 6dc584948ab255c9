// The containerd service as dockerd calls it: task and exec requests with their answers, and the event stream.
// On the wire: JSON lines over /run/containerd/containerd.sock, one request or answer a line; `seq` pairs them, events have none.
// Names follow containerd's Tasks service: https://github.com/containerd/containerd/tree/main/api/services/tasks/v1
import type { Process, Resources, Spec } from '../runc/spec.ts';

export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
/** Bundle and state of each task; the shim's socket and its exit status lie here, so that a new containerd finds them. */
export const TASK_ROOT = '/run/containerd/io.containerd.runtime.v2.task/moby';
/** runc's own state: `<id>/state.json`, `<id>/exec.fifo`. */
export const RUNC_ROOT = '/run/docker/runtime-runc/moby';

/**
 * The process's standard streams as paths of FIFOs that dockerd made and has opened for reading (stdout, stderr) and
 * writing (stdin) before it asks. An absent path is /dev/null. With a terminal all three are left out: the answer says
 * where the pty's master is (`Console`).
 */
export interface Stdio {
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

/**
 * Where the pty's master is held: fd `fd` of process `pid` (the shim), until the process is deleted, also after its end.
 * Open a copy of it with openConsole().
 */
export interface Console {
  readonly pid: number;
  readonly fd: number;
}

/** containerd's task states. */
export type TaskStatus = 'created' | 'running' | 'stopped' | 'paused';

export interface TaskProcess {
  readonly id: string;
  readonly execId?: string;
  /** In the VM's own PID namespace. */
  readonly pid: number;
  readonly status: TaskStatus;
  readonly exitStatus?: number;
  /** RFC 3339 with nanoseconds. */
  readonly exitedAt?: string;
  readonly oomKilled?: boolean;
  readonly console?: Console;
  readonly stdio: Stdio;
}

/** Method: [request, answer]. */
export interface ContainerdMethods {
  version: [Record<string, never>, { version: string; revision: string; runc: string }];
  /** Makes everything up to the point where the program would be executed; the process waits at its exec.fifo. */
  create: [{ id: string; spec: Spec; stdio: Stdio; span?: string }, { pid: number; console?: Console }];
  start: [{ id: string; execId?: string; span?: string }, { pid: number }];
  /** `all`: every process of the container (cgroup.kill for SIGKILL). Error kind `not-found` if the process has ended. */
  kill: [{ id: string; execId?: string; signal: number; all?: boolean }, Record<string, never>];
  /** Of a stopped task (or exec): cgroup, state and shim go. `force`: kill first. */
  delete: [
    { id: string; execId?: string; force?: boolean },
    { pid: number; exitStatus: number; exitedAt: string; oomKilled: boolean },
  ];
  /** Starts another process in the container (registered and started in one step). */
  exec: [
    { id: string; execId: string; process: Process; stdio: Stdio; privileged?: boolean; span?: string },
    { pid: number; console?: Console },
  ];
  resize: [{ id: string; execId?: string; width: number; height: number }, Record<string, never>];
  /** No more input will come: the shim lets go of its own end of the stdin FIFO, so that closing dockerd's is EOF. */
  closeStdin: [{ id: string; execId?: string }, Record<string, never>];
  pause: [{ id: string }, Record<string, never>];
  resume: [{ id: string }, Record<string, never>];
  update: [{ id: string; resources: Resources }, Record<string, never>];
  /** PIDs in the container's cgroup, VM's numbering. */
  pids: [{ id: string }, { pids: number[] }];
  /** Raw cgroup v2 files by name: memory.current, memory.max, memory.stat, cpu.stat, pids.current, pids.max, io.stat. */
  stats: [{ id: string }, { files: Record<string, string>; readAtMs: number }];
  state: [{ id: string; execId?: string }, TaskProcess];
  /** All tasks, with how they ended if they did: what a restarted dockerd begins with. */
  list: [Record<string, never>, { tasks: TaskProcess[] }];
  /** From now on this connection gets events: those of these topics, or all. */
  subscribe: [{ topics?: readonly TaskEvent['topic'][] }, Record<string, never>];
}

export type ContainerdMethod = keyof ContainerdMethods;
export type ContainerdRequest<M extends ContainerdMethod> = ContainerdMethods[M][0];
export type ContainerdAnswer<M extends ContainerdMethod> = ContainerdMethods[M][1];

/** Events by containerd's topics. An exit is sent after the process is reaped; what it wrote stays to be read until it is deleted. */
export type TaskEvent =
  | { readonly topic: '/tasks/create'; readonly id: string; readonly pid: number }
  | { readonly topic: '/tasks/start'; readonly id: string; readonly pid: number }
  | { readonly topic: '/tasks/exec-started'; readonly id: string; readonly execId: string; readonly pid: number }
  | { readonly topic: '/tasks/oom'; readonly id: string }
  | {
      readonly topic: '/tasks/exit';
      readonly id: string;
      readonly execId?: string;
      readonly pid: number;
      readonly exitStatus: number;
      readonly exitedAt: string;
      readonly oomKilled: boolean;
    }
  | { readonly topic: '/tasks/paused'; readonly id: string }
  | { readonly topic: '/tasks/resumed'; readonly id: string }
  | { readonly topic: '/tasks/delete'; readonly id: string; readonly exitStatus: number; readonly exitedAt: string };

export type RequestLine = {
  [M in ContainerdMethod]: { readonly seq: number; readonly method: M; readonly params: ContainerdRequest<M> };
}[ContainerdMethod];
export type AnswerLine =
  | { readonly seq: number; readonly result: unknown }
  | { readonly seq: number; readonly error: { readonly kind: TaskErrorKind; readonly message: string } };
export type EventLine = { readonly event: TaskEvent };

/**
 * `message` is containerd's and runc's own text, ready to be put behind dockerd's prefix ("failed to create task for container: "):
 * `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: …: unknown`
 */
export type TaskErrorKind =
  'not-found' | 'already-exists' | 'failed-precondition' | 'invalid-argument' | 'unknown' | 'unavailable';

export class TaskError extends Error {
  override readonly name = 'TaskError';
  constructor(
    readonly kind: TaskErrorKind,
    message: string,
  ) {
    super(message);
  }
}
