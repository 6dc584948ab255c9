// The page's end of a machine's network cable: addresses, and the services that answer there.
import type { Machine } from './machine/machine.ts';
import { createNetwork, type Network } from './net/network.ts';
import { fetchFiles } from './net/registry/fetch-files.ts';
import { startServices, type ServiceOptions } from './net/services.ts';

/** Puts the machine's network card on a cable of its own. */
export function connectNetwork(machine: Machine, services: ServiceOptions): Network {
  const network = createNetwork({ send: (frame) => machine.nic.send(frame) });
  machine.nic.onFrame = (frame) => network.receive(frame);
  startServices(network, services);
  return network;
}

/** The same with the registry of the page at baseUrl. */
export const pageNetwork = (machine: Machine, baseUrl: string): Network =>
  connectNetwork(machine, { registryFiles: fetchFiles(baseUrl) });
