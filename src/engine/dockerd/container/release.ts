// Gives back what a running container holds: addresses, ports, mounts, pipes. Safe to call in every state; called after
// an exit, a failed start, and by a restarted dockerd for what its predecessor left.
import { console } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { messageOf } from '../errors.ts';
import type { Container } from './container.ts';
import { clearEndpoint } from './endpoints.ts';
import { closeLog } from './logging.ts';
import { portMap } from './ports.ts';
import { unmountShm } from './shm.ts';

export function releaseResources(daemon: Daemon, container: Container): void {
  const { id } = container;
  container.stopHealth?.();
  container.stopHealth = undefined;
  // One that fails must not keep the others: what is left over is found at the next start of dockerd.
  const attempt = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      console.error(`${id.slice(0, 12)}: ${what}: ${messageOf(error)}`);
    }
  };
  attempt('leaving its networks', () => daemon.networks.leaveAll(id));
  for (const [network, settings] of Object.entries(container.networks)) {
    if (settings.EndpointID === '') continue;
    clearEndpoint(settings);
    const type = daemon.networks.find(settings.NetworkID)?.Driver ?? 'bridge';
    daemon.events.emit('network', 'disconnect', settings.NetworkID, { container: id, name: network, type });
  }
  container.ports = portMap(container.config, []);
  container.sandboxKey = '';
  container.streams?.close();
  container.streams = undefined;
  attempt('closing the log', () => closeLog(container));
  attempt('removing its pipes', () => sys.removeTree(`${daemon.config.execRoot}/containerd/${id}`));
  attempt('unmounting /dev/shm', () => unmountShm(daemon, container));
  attempt('unmounting the root', () => daemon.layers.unmount(container.layer));
  for (const point of container.mounts) {
    if (point.Type !== 'volume') continue;
    attempt('unmounting a volume', () => daemon.volumes.unmount(point.Name ?? ''));
    daemon.events.emit('volume', 'unmount', point.Name ?? '', { container: id, driver: 'local' });
  }
}
