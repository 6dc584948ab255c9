// DELETE /networks/{id}
import type { NetworkRecord } from '../../../network/index.ts';
import { isRunning } from '../../container/container.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError } from '../../errors.ts';
import { asking, requireNetwork } from '../../network-errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';
import { isPredefined } from './list.ts';

export function remove(daemon: Daemon, request: ApiRequest): Reply {
  removeNetwork(daemon, requireNetwork(daemon, param(request)));
  return empty();
}

export function removeNetwork(daemon: Daemon, network: NetworkRecord): void {
  if (isPredefined(network))
    throw new ApiError('forbidden', `${network.Name} is a pre-defined network and cannot be removed`);
  const users = daemon.containers
    .all()
    .filter(
      (container) =>
        isRunning(container) && Object.values(container.networks).some((settings) => settings.NetworkID === network.Id),
    );
  if (users.length > 0) {
    const names = users
      .map((container) => `name:${JSON.stringify(container.name)} id:${JSON.stringify(container.id.slice(0, 12))}`)
      .join(', ');
    throw new ApiError(
      'forbidden',
      `error while removing network: network ${network.Name} has active endpoints (${names})`,
    );
  }
  asking(() => daemon.networks.remove(network.Id));
  daemon.events.emit('network', 'destroy', network.Id, { name: network.Name, type: network.Driver });
}
