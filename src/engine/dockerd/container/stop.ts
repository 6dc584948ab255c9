// Ending a container: a signal, time to obey, then SIGKILL. Called by stop, restart, kill, rm -f and when dockerd ends.
import { clearTimeout, setTimeout } from '../../loop/index.ts';
import type { Daemon } from '../daemon.ts';
import { conflict, notModified, systemError } from '../errors.ts';
import { eventAttributes, isRunning, type Container } from './container.ts';
import { cancelRestart } from './exit.ts';
import { parseSignal, SIGKILL, SIGTERM } from './signals.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;
/** After SIGKILL the kernel needs no longer than this, even here. */
const KILL_WAIT_MS = 10_000;

export interface StopOptions {
  /** '' takes the container's own. */
  readonly signal: string;
  /** undefined takes the container's own; negative waits for ever. */
  readonly timeoutSeconds: number | undefined;
}

export async function stopContainer(daemon: Daemon, container: Container, options: StopOptions): Promise<void> {
  if (container.state.status === 'restarting') {
    await container.lock.run(() => cancelRestart(daemon, container));
    return;
  }
  if (!isRunning(container)) throw notModified();
  const signal = parseSignal(options.signal === '' ? (container.config.StopSignal ?? '') : options.signal, SIGTERM);
  const seconds = options.timeoutSeconds ?? container.config.StopTimeout ?? DEFAULT_TIMEOUT_SECONDS;
  container.stopping = true;
  const exited = nextExit(container);
  await sendSignal(daemon, container, signal);
  const obeyed = seconds < 0 ? (await exited, true) : await within(exited, seconds * 1000);
  if (!obeyed) {
    await sendSignal(daemon, container, SIGKILL);
    if (!(await within(exited, KILL_WAIT_MS)))
      throw systemError('tried to kill container, but did not receive an exit event');
  }
  daemon.events.emit('container', 'stop', container.id, eventAttributes(container));
}

export async function killContainer(daemon: Daemon, container: Container, text: string): Promise<void> {
  const signal = parseSignal(text, SIGKILL);
  if (!isRunning(container)) throw conflict(`container ${container.id} is not running`);
  const wanted = signal === SIGKILL || signal === parseSignal(container.config.StopSignal ?? '', SIGTERM);
  if (wanted) container.stopping = true;
  const exited = nextExit(container);
  await sendSignal(daemon, container, signal);
  if (signal === SIGKILL) await within(exited, KILL_WAIT_MS);
}

async function sendSignal(daemon: Daemon, container: Container, signal: number): Promise<void> {
  try {
    await daemon.containerd.call('kill', { id: container.id, signal });
  } catch (error) {
    // It ended meanwhile: its exit event is on the way.
    if (!(error instanceof Error && 'kind' in error && error.kind === 'not-found')) throw error;
  }
  // A frozen process acts on a signal only when it is thawed.
  if (container.state.status === 'paused') {
    await daemon.containerd.call('resume', { id: container.id }).catch(() => undefined);
    container.state.status = 'running';
  }
  daemon.events.emit('container', 'kill', container.id, eventAttributes(container, { signal: String(signal) }));
}

/** Resolves when the container has ended and its resources are back. */
export function nextExit(container: Container): Promise<void> {
  return new Promise((resolve) => container.exitWaiters.add(() => resolve()));
}

/** True if it happened in time. */
export function within(promise: Promise<void>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
