// POST /containers/{id}/pause and /unpause: the cgroup freezer. cgroup.freeze in cgroups(7)
import { eventAttributes } from '../../container/container.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function pause(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  await container.lock.run(async () => {
    if (container.state.status === 'paused') throw conflict(`container ${container.id} is already paused`);
    if (container.state.status === 'restarting')
      throw conflict(`Container ${container.id} is restarting, wait until the container is running`);
    if (container.state.status !== 'running') throw conflict(`container ${container.id} is not running`);
    await daemon.containerd.call('pause', { id: container.id });
    container.state.status = 'paused';
    daemon.containers.save(container);
    daemon.events.emit('container', 'pause', container.id, eventAttributes(container));
  });
  return empty();
}

export async function unpause(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  await container.lock.run(async () => {
    if (container.state.status !== 'paused') throw conflict(`Container ${container.id} is not paused`);
    await daemon.containerd.call('resume', { id: container.id });
    container.state.status = 'running';
    daemon.containers.save(container);
    daemon.events.emit('container', 'unpause', container.id, eventAttributes(container));
  });
  return empty();
}
