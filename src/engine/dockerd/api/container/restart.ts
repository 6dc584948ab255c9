// POST /containers/{id}/restart?t=&signal=
import { eventAttributes } from '../../container/container.ts';
import { startContainer } from '../../container/start.ts';
import { stopContainer } from '../../container/stop.ts';
import type { Daemon } from '../../daemon.ts';
import { isKind } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';
import { stopOptions } from './stop.ts';

export async function restart(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  // --rm would remove it at the stop.
  const { AutoRemove } = container.hostConfig;
  container.hostConfig.AutoRemove = false;
  try {
    await stopContainer(daemon, container, stopOptions(request));
  } catch (error) {
    // Not running: then it is only started.
    if (!isKind(error, 'notModified')) throw error;
  } finally {
    container.hostConfig.AutoRemove = AutoRemove;
  }
  await startContainer(daemon, container, request.span);
  daemon.events.emit('container', 'restart', container.id, eventAttributes(container));
  return empty();
}
