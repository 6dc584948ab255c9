// DELETE /containers/{id}?force=&v=&link=
import { isRunning } from '../../container/container.ts';
import { cancelRestart } from '../../container/exit.ts';
import { removeLink } from '../../container/links.ts';
import { removeContainer } from '../../container/remove.ts';
import { killContainer } from '../../container/stop.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict, isKind } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

const WHY: Readonly<Record<string, string>> = {
  running: 'container is running: stop the container before removing or force remove',
  paused: 'container is paused and must be unpaused first',
  restarting: 'container is restarting: stop the container before removing or force remove',
};

export async function remove(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  const { query } = request;
  const { status } = container.state;
  if (status === 'removing') throw conflict(`removal of container ${param(request)} is already in progress`);
  if (query.flag('link')) {
    removeLink(daemon, container, param(request));
    return empty();
  }
  const why = WHY[status];
  if (why !== undefined && !query.flag('force')) throw conflict(`cannot remove container "/${container.name}": ${why}`);
  const { AutoRemove } = container.hostConfig;
  container.hostConfig.AutoRemove = false;
  try {
    await container.lock.run(() => cancelRestart(daemon, container));
    if (isRunning(container)) await killContainer(daemon, container, 'KILL').catch(ifNotRunning);
  } finally {
    container.hostConfig.AutoRemove = AutoRemove;
  }
  await container.lock.run(async () => {
    if (daemon.containers.get(container.id)) await removeContainer(daemon, container, { volumes: query.flag('v') });
  });
  return empty();
}

/** It ended by itself just now. */
function ifNotRunning(error: unknown): void {
  if (!isKind(error, 'conflict')) throw error;
}
