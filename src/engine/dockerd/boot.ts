// dockerd's start: opens its stores, takes up what an earlier dockerd left (containers that still run, half-made things),
// and connects to containerd. Called by main.ts.
import type { TaskEvent, TaskProcess } from '../containerd/api.ts';
import { ContainerdClient, openConsole } from '../containerd/client.ts';
import { ImageStore } from '../image/images.ts';
import { LayerStore } from '../image/layers.ts';
import { console } from '../loop/index.ts';
import { openNetworks } from '../network/index.ts';
import { spanInstant } from '../span.ts';
import * as sys from '../sys/index.ts';
import { VolumeStore } from '../volume/volumes.ts';
import type { DaemonConfig } from './config.ts';
import type { Container } from './container/container.ts';
import { onExit, onTaskEvent } from './container/exit.ts';
import { startHealthChecks } from './container/health.ts';
import { openLog } from './container/logging.ts';
import { releaseResources } from './container/release.ts';
import { removeContainer } from './container/remove.ts';
import { ContainerSet } from './container/set.ts';
import { launch } from './container/start.ts';
import { reopenFifos, Streams } from './container/streams.ts';
import type { Daemon } from './daemon.ts';
import { messageOf } from './errors.ts';
import { EventBus } from './events.ts';

/** Opens everything; resolves when containers of an earlier run are taken up and requests may come. */
export async function boot(config: DaemonConfig): Promise<Daemon> {
  const root = config.dataRoot;
  sys.mkdirAll(root, 0o710);
  sys.mkdirAll(config.execRoot, 0o711);
  const layers = new LayerStore(root);
  const images = new ImageStore(root, layers);
  const containers = new ContainerSet(root, layers);
  const networks = openNetworks({ stateDir: `${root}/network/files`, runDir: `${config.execRoot}/network` });

  let early: TaskEvent[] | undefined = [];
  let connected: () => void = () => undefined;
  const whenConnected = new Promise<void>((resolve) => (connected = resolve));
  const containerd = new ContainerdClient(
    (event) => (early ? early.push(event) : onTaskEvent(daemon, event)),
    () => connected(),
    config.containerd,
  );
  const daemon: Daemon = {
    id: engineId(root),
    config,
    startedAtMs: sys.monotonicMs(),
    events: new EventBus((event) => spanInstant('dockerd', 'event', event as Record<string, unknown>)),
    layers,
    images,
    volumes: new VolumeStore(root),
    networks,
    containers,
    containerd,
  };
  dropHalfMade(daemon, containers.load());
  await whenConnected;
  await takeUp(daemon);
  for (const event of early) onTaskEvent(daemon, event);
  early = undefined;
  return daemon;
}

/** Layers of containers without a record, directories without either, layers without an image. */
function dropHalfMade(daemon: Daemon, broken: readonly string[]): void {
  const { layers, containers, images } = daemon;
  for (const id of new Set([...broken, ...layers.containerIds()]))
    if (!containers.get(id)) layers.removeContainerLayer(id);
  layers.collectStray();
  images.collectOrphans();
}

/** What containerd still runs is ours again; what should run and does not is treated as an exit. */
async function takeUp(daemon: Daemon): Promise<void> {
  const { containerd, containers, networks } = daemon;
  const { tasks } = await containerd.call('list', {});
  const byId = new Map<string, TaskProcess>();
  for (const task of tasks) {
    if (task.execId !== undefined) continue;
    if (containers.get(task.id)) byId.set(task.id, task);
    else await containerd.call('delete', { id: task.id, force: true }).catch(() => undefined);
  }
  const alive = (container: Container): boolean =>
    byId.get(container.id) !== undefined && byId.get(container.id)?.status !== 'stopped';
  networks.reconcile(
    containers
      .all()
      .filter(alive)
      .map((container) => ({ containerId: container.id, pid: byId.get(container.id)?.pid ?? 0 })),
  );
  for (const container of containers.all()) {
    const task = byId.get(container.id);
    if (task && alive(container) && container.state.pid === task.pid) adopt(daemon, container, task);
    else await settle(daemon, container, task);
  }
}

/** Its pipes are opened again, and its log goes on. */
function adopt(daemon: Daemon, container: Container, task: TaskProcess): void {
  daemon.layers.adopt(container.layer);
  for (const point of container.mounts) if (point.Type === 'volume') daemon.volumes.mount(point.Name ?? '');
  const streams = new Streams();
  container.streams = streams;
  streams.onStdinClosed = () => void daemon.containerd.call('closeStdin', { id: container.id }).catch(() => undefined);
  openLog(daemon, container, streams);
  if (task.console) streams.useConsole(openConsole(task.console), container.config.OpenStdin);
  else streams.useFifos(reopenFifos(task.stdio));
  container.state.status = task.status === 'paused' ? 'paused' : 'running';
  startHealthChecks(daemon, container);
}

/** It does not run now: finish the exit that nobody saw, or start it again if its policy says so. */
async function settle(daemon: Daemon, container: Container, task: TaskProcess | undefined): Promise<void> {
  const { state, hostConfig } = container;
  const wasRunning = state.pid !== 0;
  if (wasRunning && task?.status === 'stopped' && task.pid === state.pid) {
    const { pid, exitStatus = 255, exitedAt = sys.rfc3339Nano(), oomKilled = false } = task;
    return onExit(daemon, container, { pid, exitStatus, exitedAt, oomKilled });
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
  }
  if (state.status === 'removing' || (hostConfig.AutoRemove && state.status === 'exited'))
    return removeContainer(daemon, container, { volumes: true });
  const policy = hostConfig.RestartPolicy.Name;
  const again =
    policy === 'always'
      ? state.status === 'exited'
      : policy === 'unless-stopped'
        ? state.status === 'exited' && !container.stoppedByUser
        : wasRunning && policy === 'on-failure';
  if (!again) return;
  container.stoppedByUser = false;
  await container.lock
    .run(() => launch(daemon, container))
    .catch((error: unknown) => console.error(`starting ${container.name}: ${messageOf(error)}`));
}

/** A random name for this installation, made once. */
function engineId(root: string): string {
  const path = `${root}/engine-id`;
  const known = sys.readTextIfExists(path)?.trim();
  if (known) return known;
  const h = sys.randomHex(16);
  const id = `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
  sys.writeFileAtomic(path, `${id}\n`);
  return id;
}
