// GET /networks/{id}?verbose=&scope=: with the containers that are plugged in now.
import { resourceOf } from '../../../network/records.ts';
import type { Daemon } from '../../daemon.ts';
import { isRunning } from '../../container/container.ts';
import { notFound } from '../../errors.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';
import { requireNetwork } from '../../network-errors.ts';

export function inspect(daemon: Daemon, request: ApiRequest): Reply {
  const network = requireNetwork(daemon, param(request));
  const scope = request.query.get('scope');
  if (scope !== '' && scope !== network.Scope) throw notFound(`network ${param(request)} not found`);
  const containers: Record<string, object> = {};
  for (const container of daemon.containers.all()) {
    if (!isRunning(container)) continue;
    for (const settings of Object.values(container.networks)) {
      if (settings.NetworkID !== network.Id) continue;
      containers[container.id] = {
        Name: container.name,
        EndpointID: settings.EndpointID,
        MacAddress: settings.MacAddress,
        IPv4Address: settings.IPAddress === '' ? '' : `${settings.IPAddress}/${settings.IPPrefixLen}`,
        IPv6Address: '',
      };
    }
  }
  return json({ ...resourceOf(network), Containers: containers });
}
