// POST /networks/prune?filters=: user-defined networks that no container has.
import type { Daemon } from '../../daemon.ts';
import { Filters } from '../../filters.ts';
import { untilMs } from '../../prune.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { parseInstant, toMs } from '../../time.ts';
import { isPredefined, isUsed } from './list.ts';
import { removeNetwork } from './remove.ts';

export function prune(daemon: Daemon, request: ApiRequest): Reply {
  const filters = Filters.parse(request.query.get('filters'), ['label', 'label!', 'until']);
  const until = untilMs(filters);
  const names: string[] = [];
  for (const network of [...daemon.networks.list()]) {
    if (isPredefined(network) || isUsed(daemon, network) || !filters.labels(network.Labels)) continue;
    if (toMs(parseInstant(network.Created) ?? { seconds: 0, nanos: 0 }) >= until) continue;
    removeNetwork(daemon, network);
    names.push(network.Name);
  }
  daemon.events.emit('network', 'prune', '', { reclaimed: '0' });
  return json({ NetworksDeleted: names.length > 0 ? names : null });
}
