// The page's end of a machine's network cable: addresses, and the services that answer there.
import type { Machine } from './machine/machine.ts';
import { createNetwork, type Network } from './net/network.ts';

export function connectNetwork(machine: Machine, _baseUrl: string): Network {
  const network = createNetwork({ send: (frame) => machine.nic.send(frame) });
  machine.nic.onFrame = (frame) => network.receive(frame);
  return network;
}
