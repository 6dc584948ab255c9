// Finds a network for an endpoint, and says the network code's refusals as this API's errors.
import { NetworkError, type NetworkRecord } from '../network/index.ts';
import type { Daemon } from './daemon.ts';
import { ApiError, notFound, type ErrorKind } from './errors.ts';

export function requireNetwork(daemon: Daemon, nameOrId: string): NetworkRecord {
  const network = daemon.networks.find(nameOrId);
  if (!network) throw notFound(`network ${nameOrId} not found`);
  return network;
}

const KINDS: Readonly<Record<NetworkError['kind'], ErrorKind>> = {
  'not-found': 'notFound',
  conflict: 'conflict',
  invalid: 'invalidParameter',
  forbidden: 'forbidden',
  internal: 'system',
};

/** Calls the network code. */
export function asking<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof NetworkError ? new ApiError(KINDS[error.kind], error.message) : error;
  }
}
