// dockerd's start: opens its stores, takes up what an earlier dockerd left (containers that still run, half-made things),
// and connects to containerd. Called by main.ts.
import type { TaskEvent } from '../containerd/api.ts';
import { ContainerdClient } from '../containerd/client.ts';
import { ImageStore } from '../image/images.ts';
import { LayerStore } from '../image/layers.ts';
import { openNetworks } from '../network/index.ts';
import { spanInstant } from '../span.ts';
import * as sys from '../sys/index.ts';
import { VolumeStore } from '../volume/volumes.ts';
import type { DaemonConfig } from './config.ts';
import { onTaskEvent, TASK_TOPICS } from './container/exit.ts';
import { volumeUsers } from './container/remove.ts';
import { ContainerSet } from './container/set.ts';
import { catchUp, takeUp } from './container/take-up.ts';
import type { Daemon } from './daemon.ts';
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
  let isUp = false;
  const containerd = new ContainerdClient(
    (event) => (early ? early.push(event) : onTaskEvent(daemon, event)),
    () => (isUp ? catchUp(daemon) : connected()),
    config.containerd,
    TASK_TOPICS,
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
  isUp = true;
  return daemon;
}

/** Layers of containers without a record, volumes made for these, directories without either, layers without an image. */
function dropHalfMade(daemon: Daemon, { broken, volumes }: ReturnType<ContainerSet['load']>): void {
  const { layers, containers, images } = daemon;
  for (const name of volumes)
    if (daemon.volumes.find(name) && volumeUsers(daemon, name).length === 0) daemon.volumes.remove(name, []);
  for (const id of new Set([...broken, ...layers.containerIds()]))
    if (!containers.get(id)) layers.removeContainerLayer(id);
  layers.collectStray();
  images.collectOrphans();
  // Contexts of builds and archives of loads that were under way.
  sys.removeTree(`${daemon.config.dataRoot}/tmp`);
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
