// What this engine has not: each answers in Docker's words or clearly says that it is not implemented. Never a silent success.
import type { Daemon } from '../daemon.ts';
import { ApiError, notFound } from '../errors.ts';
import { json, param, type ApiRequest, type Reply } from '../request.ts';
import type { Endpoint } from '../router.ts';

export function notSwarm(): never {
  throw new ApiError(
    'unavailable',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}

export function plugins(_daemon: Daemon, _request: ApiRequest): Reply {
  return json([]);
}

export function plugin(_daemon: Daemon, request: ApiRequest): Reply {
  throw notFound(`plugin "${param(request)}" not found`);
}

/** Checkpoints: Docker has them only where it is told to be experimental. */
export function experimental(): never {
  throw new ApiError(
    'notImplemented',
    'This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.',
  );
}

/** Endpoints that only say that they are not here, for docs/fidelity.md. */
export const MISSING = new Set<Endpoint>();

/** An endpoint that answers 501 with these words. */
export function missing(what: string): Endpoint {
  const endpoint = (): never => {
    throw new ApiError('notImplemented', `${what} is not implemented in this engine`);
  };
  MISSING.add(endpoint);
  return endpoint;
}
