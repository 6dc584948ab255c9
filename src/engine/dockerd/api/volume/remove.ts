// DELETE /volumes/{name}?force=
import { treesRemoved } from '../../../loop/index.ts';
import { volumeUsers } from '../../container/remove.ts';
import type { Daemon } from '../../daemon.ts';
import { isKind } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function remove(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const name = param(request);
  try {
    daemon.volumes.remove(name, volumeUsers(daemon, name));
    daemon.events.emit('volume', 'destroy', name, { driver: 'local' });
  } catch (error) {
    if (!(request.query.flag('force') && isKind(error, 'notFound'))) throw error;
  }
  await treesRemoved();
  return empty();
}
