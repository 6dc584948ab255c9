// POST /networks/create
import type { NetworkCreate } from '../../../network/index.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError, conflict, invalidParameter, notFound, notImplemented } from '../../errors.ts';
import { asking } from '../../network-errors.ts';
import { bodyOf, json, type ApiRequest, type Reply } from '../../request.ts';

export async function create(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const body = (await bodyOf(request)) as Wanted;
  if (!body.Name) throw invalidParameter('invalid network name: name is empty');
  if (['bridge', 'host', 'none', 'default'].includes(body.Name))
    throw new ApiError('forbidden', `operation is not permitted on predefined ${body.Name} network`);
  if (daemon.networks.list().some((network) => network.Name === body.Name))
    throw conflict(`network with name ${body.Name} already exists`);
  refuseAbsent(body);
  const driver = body.Driver || 'bridge';
  if (driver === 'overlay')
    throw notFound(
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  if (driver !== 'bridge') throw notFound(`could not resolve driver ${driver} in registry`);
  const network = asking(() => daemon.networks.create({ ...body, Name: body.Name ?? '', Driver: driver }));
  daemon.events.emit('network', 'create', network.Id, { name: network.Name, type: network.Driver });
  return json({ Id: network.Id, Warning: '' }, 201);
}

interface Wanted extends Partial<NetworkCreate> {
  readonly Scope?: string;
  readonly ConfigOnly?: boolean;
  readonly ConfigFrom?: { readonly Network?: string } | null;
  readonly Ingress?: boolean;
  readonly EnableIPv4?: boolean | null;
}

/** What Docker has and this engine has not is not left out in silence. */
function refuseAbsent(body: Wanted): void {
  if (body.ConfigOnly || body.ConfigFrom?.Network)
    throw notImplemented('networks that hold the configuration of others');
  if (body.Ingress) throw notImplemented('ingress networks');
  if (body.EnableIPv4 === false) throw notImplemented('networks without IPv4');
  if (body.Scope === 'swarm' || body.Scope === 'global')
    throw new ApiError(
      'unavailable',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  if (body.Scope && body.Scope !== 'local') throw invalidParameter(`invalid network scope: ${body.Scope}`);
  if (!['', 'default', 'null'].includes(body.IPAM?.Driver ?? ''))
    throw notImplemented(`IPAM driver ${body.IPAM?.Driver}`);
}
