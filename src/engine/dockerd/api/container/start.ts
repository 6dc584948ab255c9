// POST /containers/{id}/start
import { startContainer } from '../../container/start.ts';
import type { Daemon } from '../../daemon.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function start(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  await startContainer(daemon, daemon.containers.require(param(request)), request.span);
  return empty();
}
