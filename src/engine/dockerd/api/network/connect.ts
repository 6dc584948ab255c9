// POST /networks/{id}/connect and /disconnect: also while the container runs.
import { connectNetwork, disconnectNetwork } from '../../container/connect.ts';
import type { EndpointSettings } from '../../container/types.ts';
import type { Daemon } from '../../daemon.ts';
import { requireNetwork } from '../../network-errors.ts';
import { bodyOf, empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function connect(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const network = requireNetwork(daemon, param(request));
  const body = await bodyOf(request);
  const container = daemon.containers.require(String(body['Container'] ?? ''));
  await container.lock.run(() =>
    connectNetwork(daemon, container, network, (body['EndpointConfig'] ?? {}) as Partial<EndpointSettings>),
  );
  return empty(200);
}

export async function disconnect(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const network = requireNetwork(daemon, param(request));
  const body = await bodyOf(request);
  const name = String(body['Container'] ?? '');
  const container = body['Force'] === true ? daemon.containers.find(name) : daemon.containers.require(name);
  if (container) await container.lock.run(() => disconnectNetwork(daemon, container, network));
  return empty(200);
}
