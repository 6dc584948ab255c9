// The page's end of the network cable for a machine under Node: the registry's files come from the work tree.
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../machine/machine.ts';
import type { Network } from '../net/network.ts';
import type { RegistryFiles } from '../net/registry/content.ts';
import type { ServiceOptions } from '../net/services.ts';
import { connectNetwork } from '../page-network.ts';
import { ROOT } from './artefacts.ts';

export const registryFiles: RegistryFiles = {
  open(path) {
    const file = join(ROOT, 'public/registry', path);
    return Promise.resolve(existsSync(file) ? (createReadStream(file) as AsyncIterable<Uint8Array>) : undefined);
  },
};

export function attachNetwork(machine: Machine, options: Omit<ServiceOptions, 'registryFiles'> = {}): Network {
  return connectNetwork(machine, { registryFiles, ...options });
}
