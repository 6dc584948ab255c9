// The networks of this engine.
import type { Networks } from './types.ts';

export interface NetworksOptions {
  /** Where networks are kept: /var/lib/docker/network/files */
  readonly stateDir?: string;
  /** Where endpoints are kept: /run/docker/network */
  readonly runDir?: string;
}

export function openNetworks(_options: NetworksOptions = {}): Networks {
  throw new Error('not implemented');
}
