// What the page offers on the VM's network: names and the image registry at 10.0.2.3, and this machine's own services at
// 10.0.2.4 where the program around us allows it (headless --host-loopback).
import type { ByteStream } from '../byte-stream.ts';
import { serveDns } from './dns-server.ts';
import { serveHttp } from './http/server.ts';
import { ADDRESS, type Network } from './network.ts';
import { tie } from './pipe.ts';
import type { RegistryFiles } from './registry/content.ts';
import { createRegistry } from './registry/registry.ts';

export interface ServiceOptions {
  readonly registryFiles: RegistryFiles;
  /** Opens TCP to a port of this machine's loopback; rejects if nothing listens. Without it every port of 10.0.2.4 is closed. */
  readonly dialHost?: (port: number) => Promise<ByteStream>;
}

export function startServices(network: Network, options: ServiceOptions): void {
  serveDns(network);
  const registry = createRegistry(options.registryFiles);
  network.listen(ADDRESS.services, 80, (incoming) => void serveHttp(incoming.accept(), registry));
  if (options.dialHost) serveHost(network, options.dialHost);
}

/** The guest's SYN is answered only when the host's own connection stands, so that "connection refused" stays true. */
function serveHost(network: Network, dial: (port: number) => Promise<ByteStream>): void {
  network.listen(ADDRESS.host, 'any', (incoming) => {
    dial(incoming.local.port).then(
      (host) => void tie(incoming.accept(), host),
      () => incoming.refuse(),
    );
  });
}
