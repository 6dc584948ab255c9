// POST /containers/prune?filters=: every stopped container goes.
import { removeContainer } from '../../container/remove.ts';
import type { Daemon } from '../../daemon.ts';
import { Filters } from '../../filters.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { parseInstant, toMs } from '../../time.ts';
import { untilMs } from '../../prune.ts';
import { diskUsage } from '../../../sys/index.ts';

export async function prune(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const filters = Filters.parse(request.query.get('filters'), ['until', 'label', 'label!']);
  const until = untilMs(filters);
  const ids: string[] = [];
  let bytes = 0;
  for (const container of daemon.containers.all()) {
    const { status } = container.state;
    if (status !== 'created' && status !== 'exited' && status !== 'dead') continue;
    if (
      !filters.labels(container.config.Labels) ||
      toMs(parseInstant(container.created) ?? { seconds: 0, nanos: 0 }) >= until
    )
      continue;
    bytes += diskUsage(container.layer.upperDir).apparentBytes;
    await container.lock.run(() => removeContainer(daemon, container, { volumes: false }));
    ids.push(container.id);
  }
  daemon.events.emit('container', 'prune', '', { reclaimed: String(bytes) });
  return json({ ContainersDeleted: ids.length > 0 ? ids : null, SpaceReclaimed: bytes });
}
