// What follows when a container's first process has ended: its last output is taken, its resources go back, waiters hear
// of it, the restart policy decides. Called for containerd's exit events.
import type { TaskEvent } from '../../containerd/api.ts';
import { clearTimeout, setTimeout } from '../../loop/index.ts';
import type { Daemon } from '../daemon.ts';
import { toMs, parseInstant } from '../time.ts';
import { drain, eventAttributes, type Container } from './container.ts';
import { finishExec } from './exec.ts';
import { releaseResources } from './release.ts';
import { removeContainer } from './remove.ts';
import { launch } from './start.ts';
import type { RestartPolicy } from './types.ts';

/** How long a process that outlives the container (it inherited the pipes) may keep its output open. */
const DRAIN_LIMIT_MS = 2000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** A container that ran this long is healthy again: its back-off starts anew. */
const STEADY_MS = 10_000;

/** What dockerd does not know already from the answers to its own requests. */
export const TASK_TOPICS = ['/tasks/oom', '/tasks/exit'] as const;

export function onTaskEvent(daemon: Daemon, event: TaskEvent): void {
  const container = daemon.containers.get(event.id);
  if (!container) return;
  if (event.topic === '/tasks/oom') {
    container.state.oomKilled = true;
    daemon.events.emit('container', 'oom', container.id, eventAttributes(container));
  } else if (event.topic === '/tasks/exit') {
    const { id, execId } = event;
    if (execId === undefined) void container.lock.run(() => onExit(daemon, container, event));
    else if (isKnown(container, execId)) void finishExec(daemon, container, execId, event.exitStatus);
    // Of an earlier dockerd, or its start was cut off by containerd's end: nobody else will delete it.
    else void daemon.containerd.call('delete', { id, execId }).catch(() => undefined);
  }
}

function isKnown(container: Container, execId: string): boolean {
  const exec = container.execs.get(execId);
  return exec !== undefined && exec.status !== 'exited';
}

export interface Exit {
  readonly pid: number;
  readonly exitStatus: number;
  readonly exitedAt: string;
  readonly oomKilled: boolean;
}

/** The caller holds the lock. */
export async function onExit(daemon: Daemon, container: Container, exit: Exit): Promise<void> {
  const { state, id } = container;
  if (state.pid !== exit.pid || state.pid === 0) return;
  for (const execId of container.execs.keys()) await finishExec(daemon, container, execId, 137);
  await container.streams?.drained(DRAIN_LIMIT_MS);
  await daemon.containerd.call('delete', { id }).catch(() => undefined);
  const ranMs =
    toMs(parseInstant(exit.exitedAt) ?? { seconds: 0, nanos: 0 }) -
    toMs(parseInstant(state.startedAt) ?? { seconds: 0, nanos: 0 });
  const again =
    !container.stopping && shouldRestart(container.hostConfig.RestartPolicy, exit.exitStatus, container.restartCount);
  Object.assign(state, {
    status: again ? 'restarting' : 'exited',
    pid: 0,
    exitCode: exit.exitStatus,
    oomKilled: state.oomKilled || exit.oomKilled,
    finishedAt: exit.exitedAt,
  });
  if (container.stopping) container.stoppedByUser = true;
  container.stopping = false;
  if (again) scheduleRestart(daemon, container, ranMs);
  const attributes = { exitCode: String(exit.exitStatus), execDuration: String(Math.max(0, Math.round(ranMs / 1000))) };
  daemon.events.emit('container', 'die', id, eventAttributes(container, attributes));
  releaseResources(daemon, container);
  const removing = !again && container.hostConfig.AutoRemove;
  if (!removing) daemon.containers.save(container);
  for (const waiter of drain(container.exitWaiters)) waiter(exit.exitStatus, '');
  if (removing) await removeContainer(daemon, container, { volumes: true });
}

export function shouldRestart(policy: RestartPolicy, exitCode: number, restartCount: number): boolean {
  switch (policy.Name) {
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure':
      return exitCode !== 0 && (policy.MaximumRetryCount === 0 || restartCount < policy.MaximumRetryCount);
    default:
      return false;
  }
}

/** 100 ms, then twice as long each time, up to a minute. */
export function nextDelay(previousMs: number, ranMs: number): number {
  if (previousMs === 0 || ranMs >= STEADY_MS) return FIRST_DELAY_MS;
  return Math.min(previousMs * 2, LONGEST_DELAY_MS);
}

function scheduleRestart(daemon: Daemon, container: Container, ranMs: number): void {
  container.restartDelayMs = nextDelay(container.restartDelayMs, ranMs);
  container.restartTimer = setTimeout(() => {
    container.restartTimer = undefined;
    void container.lock.run(async () => {
      if (container.state.status !== 'restarting') return;
      container.restartCount += 1;
      // A restart that fails is said in the state; there is nobody to throw to.
      await launch(daemon, container).catch(() => undefined);
    });
  }, container.restartDelayMs);
}

/** `docker stop` or `rm -f` of a container that is between two runs. The caller holds the lock. */
export function cancelRestart(daemon: Daemon, container: Container): void {
  clearTimeout(container.restartTimer);
  container.restartTimer = undefined;
  if (container.state.status !== 'restarting') return;
  container.state.status = 'exited';
  container.stoppedByUser = true;
  daemon.containers.save(container);
}
