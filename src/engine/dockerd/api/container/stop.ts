// POST /containers/{id}/stop?t=&signal=
import { stopContainer, type StopOptions } from '../../container/stop.ts';
import type { Daemon } from '../../daemon.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function stop(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  await stopContainer(daemon, daemon.containers.require(param(request)), stopOptions(request));
  return empty();
}

export function stopOptions({ query }: ApiRequest): StopOptions {
  return { signal: query.get('signal'), timeoutSeconds: query.get('t') === '' ? undefined : query.integer('t', 0) };
}
