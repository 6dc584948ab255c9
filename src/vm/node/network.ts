// The page's end of the network cable for a machine under Node.
import { createNetwork, type Network } from '../net/network.ts';
import type { Machine } from '../machine/machine.ts';

export function attachNetwork(machine: Machine): Network {
  const network = createNetwork({ send: (frame) => machine.sendNetworkFrame(frame) });
  machine.onNetworkFrame = (frame) => network.receive(frame);
  return network;
}
