// The page's end of the network cable for a machine under Node.
import type { Machine } from '../machine/machine.ts';
import { createNetwork, type Network } from '../net/network.ts';

export function attachNetwork(machine: Machine): Network {
  const network = createNetwork({ send: (frame) => machine.nic.send(frame) });
  machine.nic.onFrame = (frame) => network.receive(frame);
  return network;
}
