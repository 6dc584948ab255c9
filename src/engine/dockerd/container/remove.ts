// `docker rm`: a container's layers, files, record and, if asked, its anonymous volumes. Called by the endpoint, prune,
// and for --rm. The caller holds the lock.
import { treesRemoved } from '../../loop/index.ts';
import type { Daemon } from '../daemon.ts';
import { drain, eventAttributes, type Container } from './container.ts';
import { dropLinksTo, renamed } from './links.ts';

export async function removeContainer(
  daemon: Daemon,
  container: Container,
  options: { readonly volumes: boolean },
): Promise<void> {
  container.state.status = 'removing';
  daemon.containers.remove(container);
  dropLinksTo(daemon, container);
  renamed(daemon, container);
  daemon.layers.removeContainerLayer(container.id);
  if (options.volumes) removeAnonymousVolumes(daemon, container);
  await treesRemoved();
  daemon.events.emit('container', 'destroy', container.id, eventAttributes(container));
  for (const waiter of [...drain(container.exitWaiters), ...drain(container.removeWaiters)])
    waiter(container.state.exitCode, '');
}

function removeAnonymousVolumes(daemon: Daemon, container: Container): void {
  for (const point of container.mounts) {
    const name = point.Name ?? '';
    if (point.Type !== 'volume' || !daemon.volumes.find(name)?.anonymous) continue;
    if (volumeUsers(daemon, name).length > 0) continue;
    daemon.volumes.remove(name, []);
    daemon.events.emit('volume', 'destroy', name, { driver: 'local' });
  }
}

/** IDs of the containers that have a volume in their mounts, running or not. */
export function volumeUsers(daemon: Daemon, name: string): string[] {
  return daemon.containers
    .all()
    .filter((container) => container.mounts.some((point) => point.Type === 'volume' && point.Name === name))
    .map((container) => container.id);
}
