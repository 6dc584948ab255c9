// Published ports of the guest on this machine's 127.0.0.1, opened and closed as the kernel's DNAT rules come and go; what Docker
// Desktop does for its VM. TCP only: the page's network has no UDP towards the guest.
import { createServer, type Server } from 'node:net';
import type { PublishedPort } from '../../protocol/vm-api.ts';
import type { Network } from '../net/network.ts';
import { tie } from '../net/pipe.ts';
import { byteStreamOf } from './sockets.ts';

export class PortForwards {
  readonly #servers = new Map<number, Server>();

  constructor(
    private readonly network: () => Network | undefined,
    private readonly say: (line: string) => void,
  ) {}

  update(ports: readonly PublishedPort[]): void {
    const wanted = new Set(ports.filter(({ protocol }) => protocol === 'tcp').map(({ hostPort }) => hostPort));
    for (const [port, server] of this.#servers) {
      if (wanted.has(port)) continue;
      server.close();
      this.#servers.delete(port);
    }
    for (const port of wanted) if (!this.#servers.has(port)) this.#open(port);
  }

  close(): void {
    this.update([]);
  }

  #open(port: number): void {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const local = byteStreamOf(socket);
      const guest = this.network()?.connect(port) ?? Promise.reject(new Error('no network'));
      guest.then(
        (stream) => tie(local, stream),
        () => local.abort(),
      );
    });
    server.on('error', (error) => this.say(`port ${port} cannot be opened on 127.0.0.1: ${error.message}`));
    server.listen(port, '127.0.0.1');
    this.#servers.set(port, server);
  }
}
