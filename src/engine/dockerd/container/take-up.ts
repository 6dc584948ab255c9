// What was left running: by an earlier dockerd (taken up at a start), or through a restart of containerd (compared with what
// containerd has found again). Kernel and containerd say what is; the records on disk say what was wanted.
import { TaskError, type TaskProcess } from '../../containerd/api.ts';
import { openConsole } from '../../containerd/client.ts';
import { console } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { messageOf } from '../errors.ts';
import { isRunning, type Container } from './container.ts';
import { settleNetworks } from './connect.ts';
import { finishExec } from './exec.ts';
import { onExit } from './exit.ts';
import { startHealthChecks } from './health.ts';
import { openLog } from './logging.ts';
import { releaseResources } from './release.ts';
import { removeContainer } from './remove.ts';
import { launch } from './start.ts';
import { reopenFifos, Streams } from './streams.ts';

/** After dockerd's start: what containerd still runs is ours again; what should run and does not is treated as an exit. */
export async function takeUp(daemon: Daemon): Promise<void> {
  const { containerd, containers, networks } = daemon;
  const { tasks } = await containerd.call('list', {});
  const byId = new Map<string, TaskProcess>();
  const useless: TaskProcess[] = [];
  for (const task of tasks) {
    // An exec that has ended: whoever asked for it is gone.
    if (task.execId !== undefined ? task.status === 'stopped' : !containers.get(task.id)) useless.push(task);
    else if (task.execId === undefined) byId.set(task.id, task);
  }
  // A task of another PID is one whose start was cut off before its record was written.
  const isAlive = ({ id, state }: Container): boolean => {
    const task = byId.get(id);
    return task !== undefined && task.status !== 'stopped' && task.pid === state.pid;
  };
  const alive = containers.all().filter(isAlive);
  networks.reconcile(alive.map(({ id, state }) => ({ containerId: id, pid: state.pid })));
  removeStrayPipes(daemon, new Set(byId.keys()));
  // First, and with no waiting between: what the list says of them gets old.
  for (const container of alive) adopt(daemon, container, byId.get(container.id) as TaskProcess);
  for (const { id, execId } of useless)
    await containerd
      .call('delete', { id, ...(execId === undefined ? { force: true } : { execId }) })
      .catch(() => undefined);
  // The oldest first: what a link leads to is older than who has it.
  for (const container of containers.all().reverse())
    if (!alive.includes(container)) await settle(daemon, container, byId.get(container.id));
  daemon.volumes.releaseUnused();
}

/** Its pipes are opened again, and its log goes on. */
function adopt(daemon: Daemon, container: Container, task: TaskProcess): void {
  daemon.layers.adopt(container.layer);
  for (const point of container.mounts) if (point.Type === 'volume') daemon.volumes.mount(point.Name ?? '');
  takeUpStreams(daemon, container, task);
  container.state.status = task.status === 'paused' ? 'paused' : 'running';
  settleNetworks(daemon, container);
  startHealthChecks(daemon, container);
}

/** What it wrote while nobody read is still in its pipes, or behind its terminal: the shim keeps them. */
function takeUpStreams(daemon: Daemon, container: Container, task: TaskProcess): void {
  const streams = new Streams();
  container.streams = streams;
  streams.onStdinClosed = () => void daemon.containerd.call('closeStdin', { id: container.id }).catch(() => undefined);
  openLog(daemon, container, streams);
  if (task.console) streams.useConsole(openConsole(task.console), container.config.OpenStdin);
  else streams.useFifos(reopenFifos(task.stdio));
}

/** It does not run now: finish the exit that nobody saw, or start it again if its policy says so. */
async function settle(daemon: Daemon, container: Container, task: TaskProcess | undefined): Promise<void> {
  const { state, hostConfig, layer } = container;
  const wasRunning = state.pid !== 0;
  if (wasRunning && task?.status === 'stopped' && task.pid === state.pid) {
    // A task without streams is one whose shim was killed.
    if (task.console || task.stdio.stdout !== undefined) takeUpStreams(daemon, container, task);
    return onExit(daemon, container, exitOf(task));
  }
  if (task) await daemon.containerd.call('delete', { id: container.id, force: true }).catch(() => undefined);
  if (wasRunning || state.status === 'restarting') {
    releaseResources(daemon, container);
    Object.assign(state, {
      status: 'exited',
      pid: 0,
      exitCode: wasRunning ? 255 : state.exitCode,
      finishedAt: wasRunning ? sys.rfc3339Nano() : state.finishedAt,
    });
    daemon.containers.save(container);
  } else if (task || sys.exists(layer.mergedDir)) releaseResources(daemon, container);
  if (state.status === 'removing' || (hostConfig.AutoRemove && state.status === 'exited'))
    return removeContainer(daemon, container, { volumes: true });
  if (!wantsToRun(container, wasRunning)) return;
  container.stoppedByUser = false;
  await container.lock
    .run(() => launch(daemon, container))
    .catch((error: unknown) => console.error(`starting ${container.name}: ${messageOf(error)}`));
}

/** Restart policies as they read at a start of dockerd. */
function wantsToRun({ state, hostConfig, stoppedByUser }: Container, wasRunning: boolean): boolean {
  switch (hostConfig.RestartPolicy.Name) {
    case 'always':
      return state.status === 'exited';
    case 'unless-stopped':
      return state.status === 'exited' && !stoppedByUser;
    case 'on-failure':
      return wasRunning;
    default:
      return false;
  }
}

/** How a task ended, for onExit(). */
function exitOf({ pid, exitStatus = 255, exitedAt = sys.rfc3339Nano(), oomKilled = false }: TaskProcess) {
  return { pid, exitStatus, exitedAt, oomKilled };
}

/** Pipes of processes that nobody runs any more. */
function removeStrayPipes(daemon: Daemon, alive: ReadonlySet<string>): void {
  const directory = `${daemon.config.execRoot}/containerd`;
  for (const name of sys.listNames(directory))
    if (/^[0-9a-f]{64}$/.test(name) && !alive.has(name)) sys.removeTree(`${directory}/${name}`);
}

/**
 * After containerd came back: exits that happened while it was away were told to nobody, and starts that were under way
 * then have failed here though their task may have been made. One container after the other, each under its lock.
 */
export function catchUp(daemon: Daemon): void {
  const { containerd, containers } = daemon;
  const failed = (error: unknown): void => console.error(`after containerd's restart: ${messageOf(error)}`);
  for (const container of containers.all())
    if (isRunning(container)) container.lock.run(() => compare(daemon, container)).catch(failed);
  const removeOthers = async (): Promise<void> => {
    const { tasks } = await containerd.call('list', {});
    for (const { id, execId } of tasks) {
      if (execId !== undefined) continue;
      const container = containers.get(id);
      const remove = async (): Promise<void> => {
        if (!container || !isRunning(container))
          await containerd.call('delete', { id, force: true }).catch(() => undefined);
      };
      await (container ? container.lock.run(remove) : remove());
    }
  };
  removeOthers().catch(failed);
}

async function compare(daemon: Daemon, container: Container): Promise<void> {
  const { id, state } = container;
  if (!isRunning(container)) return;
  const task = await taskOf(daemon, id);
  if (!task || task.status === 'stopped')
    return onExit(daemon, container, { ...exitOf(task ?? { id, pid: state.pid, status: 'stopped', stdio: {} }) });
  for (const exec of container.execs.values()) {
    if (exec.status !== 'running') continue;
    const process = await taskOf(daemon, id, exec.id);
    if (!process || process.status === 'stopped')
      await finishExec(daemon, container, exec.id, process?.exitStatus ?? 137);
  }
}

/** undefined if containerd does not know it. */
async function taskOf(daemon: Daemon, id: string, execId?: string): Promise<TaskProcess | undefined> {
  try {
    return await daemon.containerd.call('state', { id, ...(execId !== undefined && { execId }) });
  } catch (error) {
    if (error instanceof TaskError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
