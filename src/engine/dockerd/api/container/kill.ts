// POST /containers/{id}/kill?signal=
import { killContainer } from '../../container/stop.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function kill(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const name = param(request);
  try {
    await killContainer(daemon, daemon.containers.require(name), request.query.get('signal'));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(error.kind, `cannot kill container: ${name}: ${error.message}`);
  }
  return empty();
}
