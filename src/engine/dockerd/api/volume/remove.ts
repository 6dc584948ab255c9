// DELETE /volumes/{name}?force=
import { volumeUsers } from '../../container/remove.ts';
import type { Daemon } from '../../daemon.ts';
import { isKind } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export function remove(daemon: Daemon, request: ApiRequest): Reply {
  const name = param(request);
  try {
    daemon.volumes.remove(name, volumeUsers(daemon, name));
    daemon.events.emit('volume', 'destroy', name, { driver: 'local' });
  } catch (error) {
    if (!(request.query.flag('force') && isKind(error, 'notFound'))) throw error;
  }
  return empty();
}
