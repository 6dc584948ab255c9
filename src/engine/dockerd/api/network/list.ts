// GET /networks?filters=
import type { NetworkRecord } from '../../../network/index.ts';
import { resourceOf } from '../../../network/records.ts';
import { isRunning } from '../../container/container.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { Filters } from '../../filters.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';

const FILTERS = ['dangling', 'driver', 'id', 'label', 'label!', 'name', 'scope', 'type', 'until'];
const PREDEFINED = ['bridge', 'host', 'none'];

export function list(daemon: Daemon, request: ApiRequest): Reply {
  const filters = Filters.parse(request.query.get('filters'), FILTERS);
  for (const type of filters.get('type'))
    if (type !== 'builtin' && type !== 'custom') throw invalidParameter(`invalid filter: 'type'='${type}'`);
  const networks = daemon.networks.list().filter((network) => passes(daemon, network, filters));
  return json(networks.map((network) => ({ ...resourceOf(network), Containers: {} })));
}

export function passes(daemon: Daemon, network: NetworkRecord, filters: Filters): boolean {
  const type = PREDEFINED.includes(network.Name) ? 'builtin' : 'custom';
  return (
    filters.match('name', network.Name) &&
    filters.any('id', (id) => network.Id.startsWith(id)) &&
    filters.exact('driver', network.Driver) &&
    filters.exact('scope', network.Scope) &&
    filters.exact('type', type) &&
    filters.labels(network.Labels) &&
    (!filters.has('dangling') || filters.bool('dangling', true) === (type === 'custom' && !isUsed(daemon, network)))
  );
}

/** A running container is on it. One that is stopped holds no network, as in Docker: its next start finds it gone. */
export function isUsed(daemon: Daemon, network: NetworkRecord): boolean {
  return daemon.containers
    .all()
    .some(
      (container) =>
        isRunning(container) && Object.values(container.networks).some(({ NetworkID }) => NetworkID === network.Id),
    );
}

export function isPredefined(network: NetworkRecord): boolean {
  return PREDEFINED.includes(network.Name);
}
