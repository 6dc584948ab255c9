// POST /containers/{id}/resize?h=&w=
import { eventAttributes, isRunning } from '../../container/container.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function resize(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  const height = request.query.integer('h');
  const width = request.query.integer('w');
  if (!isRunning(container)) throw conflict(`container ${container.id} is not running`);
  if (container.config.Tty) await daemon.containerd.call('resize', { id: container.id, height, width });
  daemon.events.emit(
    'container',
    'resize',
    container.id,
    eventAttributes(container, { height: String(height), width: String(width) }),
  );
  return empty(200);
}
