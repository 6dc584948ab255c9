// containerd's task service: keeps the connections to the shims, passes requests on to them and their events to the
// subscribers (dockerd). It holds no state of its own that it could not find again at the shims' sockets.
import { childExit } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { spanBegin, spanEnd, spanFds } from '../span.ts';
import { killCgroup } from '../runc/cgroup.ts';
import { deleteContainer } from '../runc/delete.ts';
import { deviceFilter, deviceFilterFds } from '../runc/device-filter.ts';
import { seccompFilter } from '../runc/seccomp.ts';
import type { Spec } from '../runc/spec.ts';
import { readState } from '../runc/state.ts';
import {
  CONTAINERD_SOCKET,
  TASK_ROOT,
  TaskError,
  type ContainerdAnswer,
  type ContainerdMethod,
  type ContainerdRequest,
  type RequestLine,
  type TaskEvent,
  type TaskProcess,
} from './api.ts';
import { connectUnix, type JsonLines } from './lines.ts';
import { RpcClient } from './rpc.ts';
import { EXIT_FILE, runShim, Shim, shimSocket, taskDirectory } from './shim.ts';

const SIGKILL_STATUS = 137;

const noTask = (id: string): TaskError =>
  new TaskError('not-found', `no running task found: task ${id} not found: not found`);

export class TaskService {
  readonly #shims = new Map<string, RpcClient>();
  /** Tasks whose shim was killed: how they ended, until they are deleted. */
  readonly #orphans = new Map<string, TaskProcess>();
  /** Connections that want events, and of which topics. */
  readonly #subscribers = new Map<JsonLines, readonly TaskEvent['topic'][] | undefined>();

  /** A client has gone. */
  forget(lines: JsonLines): void {
    this.#subscribers.delete(lines);
  }

  async handle(request: RequestLine, text: string, from: JsonLines): Promise<unknown> {
    switch (request.method) {
      case 'version':
        return { version: '1.7.27', revision: 'drydock', runc: '1.2.5' };
      case 'subscribe':
        this.#subscribers.set(from, request.params.topics);
        return {};
      case 'list':
        return { tasks: await this.#list() };
      case 'create':
        return this.#create(request.params, text);
      case 'delete':
        return this.#delete(request.params);
      default: {
        const { id } = request.params;
        const orphan = this.#orphans.get(id);
        if (orphan && request.method === 'state') return orphan;
        return this.#ask(id, request.method, request.params);
      }
    }
  }

  /** A call to a task's shim. If the shim goes before it has answered (the task is deleted, the shim killed), there is no such task. */
  async #ask<M extends ContainerdMethod>(
    id: string,
    method: M,
    params: ContainerdRequest<M>,
  ): Promise<ContainerdAnswer<M>> {
    const shim = this.#shims.get(id);
    if (!shim) throw noTask(id);
    try {
      return await shim.call(method, params);
    } catch (error) {
      throw this.#shims.get(id) === shim ? error : noTask(id);
    }
  }

  #publish(event: TaskEvent): void {
    for (const [lines, topics] of this.#subscribers) if (!topics || topics.includes(event.topic)) lines.send({ event });
  }

  async #create(
    { id, spec, stdio, span: parent }: ContainerdRequest<'create'>,
    text: string,
  ): Promise<ContainerdAnswer<'create'>> {
    if (this.#shims.has(id) || this.#orphans.has(id))
      throw new TaskError('already-exists', `task ${id}: already exists`);
    const span = spanBegin('containerd', 'container', { op: 'create', id }, parent);
    writeBundle(id, text);
    // Compiled here, they are there for the next container too; the shim has them by being forked from us.
    seccompFilter(spec.linux.seccomp, spec.process);
    const devices = spec.linux.resources?.devices;
    if (devices?.length) deviceFilter(devices);
    const shim = this.#forkShim(id, spec, span);
    try {
      const made = await shim.call('create', { id, spec: NO_SPEC, stdio, span });
      this.#publish({ topic: '/tasks/create', id, pid: made.pid });
      return made;
    } catch (error) {
      this.#shims.delete(id);
      shim.close();
      sys.removeTree(taskDirectory(id));
      if (error instanceof TaskError) throw new TaskError(error.kind, `failed to create shim task: ${error.message}`);
      throw error;
    } finally {
      spanEnd(span, 'containerd', 'container');
    }
  }

  /** The shim has the specification by being a copy of us: nothing needs to be sent or parsed again. */
  #forkShim(id: string, spec: Spec, span: string): RpcClient {
    const [ours, shims] = sys.socketpair();
    const starting = spanBegin('containerd', 'container', { op: 'shim', id }, span);
    const child = sys.fork(() => runShim(new Shim(id, spec), shims), {
      keep: [shims, ...spanFds(), ...deviceFilterFds()],
      title: `containerd-shim-runc-v2 -namespace moby -id ${id} -address ${CONTAINERD_SOCKET}`,
    });
    childExit(child).catch(() => undefined);
    sys.closeQuietly(shims);
    const shim = this.#attach(id, ours);
    spanEnd(starting, 'containerd', 'container');
    return shim;
  }

  #attach(id: string, fd: number): RpcClient {
    const shim = new RpcClient(
      fd,
      (event) => this.#publish(event),
      () => {
        if (this.#shims.delete(id)) this.#shimLost(id);
      },
    );
    this.#shims.set(id, shim);
    return shim;
  }

  async #delete(request: ContainerdRequest<'delete'>): Promise<ContainerdAnswer<'delete'>> {
    const { id, execId } = request;
    const orphan = this.#orphans.get(id);
    if (orphan) {
      this.#orphans.delete(id);
      sys.removeTree(taskDirectory(id));
      return {
        pid: orphan.pid,
        exitStatus: orphan.exitStatus ?? SIGKILL_STATUS,
        exitedAt: orphan.exitedAt ?? '',
        oomKilled: orphan.oomKilled ?? false,
      };
    }
    const result = await this.#ask(id, 'delete', request);
    if (execId === undefined) {
      const shim = this.#shims.get(id);
      this.#shims.delete(id);
      shim?.close();
      sys.removeTree(taskDirectory(id));
      this.#publish({ topic: '/tasks/delete', id, exitStatus: result.exitStatus, exitedAt: result.exitedAt });
    }
    return result;
  }

  async #list(): Promise<TaskProcess[]> {
    const nothing: ContainerdAnswer<'list'> = { tasks: [] };
    const lists = await Promise.all(
      [...this.#shims.keys()].map((id) =>
        this.#ask(id, 'list', {}).catch((error: unknown) => {
          if (error instanceof TaskError && error.kind === 'not-found') return nothing;
          throw error;
        }),
      ),
    );
    return [...lists.flatMap((list) => list.tasks), ...this.#orphans.values()];
  }

  /** A shim has died before its time (killed): its container, whose parent it was, is killed too, as containerd does. */
  #shimLost(id: string): void {
    const task = buryTask(id);
    this.#orphans.set(id, task);
    sys.removeQuietly(shimSocket(id));
    this.#publish({
      topic: '/tasks/exit',
      id,
      pid: task.pid,
      exitStatus: task.exitStatus ?? SIGKILL_STATUS,
      exitedAt: task.exitedAt ?? '',
      oomKilled: task.oomKilled ?? false,
    });
  }

  /** After our own restart: every task directory has a shim to be found, or is the remains of a dead one. */
  adopt(): void {
    for (const id of sys.listNames(TASK_ROOT)) {
      try {
        this.#attach(id, connectUnix(shimSocket(id)));
      } catch {
        this.#orphans.set(id, buryTask(id));
        sys.removeQuietly(shimSocket(id));
      }
    }
  }
}

/** What the shim was forked with needs no second sending. */
const NO_SPEC = null as unknown as Spec;

/** The bundle: config.json as dockerd sent it. Its client puts the specification last in the line, so it is cut out, not written anew. */
function writeBundle(id: string, text: string): void {
  const directory = taskDirectory(id);
  sys.mkdirAll(directory, 0o711);
  const key = '"spec":';
  const at = text.indexOf(key);
  if (at >= 0 && text.endsWith('}}')) sys.writeFile(`${directory}/config.json`, text.slice(at + key.length, -2), 0o600);
}

/** Kills what is left of a task without a shim, removes runc's part of it, and tells how it ended. */
function buryTask(id: string): TaskProcess {
  let pid = 0;
  try {
    const state = readState(id);
    pid = state.pid;
    killCgroup(state.cgroupsPath);
    const deadline = sys.monotonicMs() + 1000;
    while (!deleteContainer(id, state.cgroupsPath) && sys.monotonicMs() < deadline) nap();
  } catch {
    // runc had nothing of it, or no longer.
  }
  const text = sys.readTextIfExists(`${taskDirectory(id)}/${EXIT_FILE}`);
  const exit = text
    ? (JSON.parse(text) as { status: number; at: string; oomKilled: boolean })
    : { status: SIGKILL_STATUS, at: sys.rfc3339Nano(), oomKilled: false };
  return {
    id,
    pid,
    status: 'stopped',
    exitStatus: exit.status,
    exitedAt: exit.at,
    oomKilled: exit.oomKilled,
    stdio: {},
  };
}

/** Lets the killed processes end; a poll of nothing for five milliseconds. */
function nap(): void {
  sys.raw('poll', null, 0, 5);
}
