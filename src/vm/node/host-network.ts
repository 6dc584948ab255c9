// This machine's end of the VM's network, for headless: published ports on 127.0.0.1 as Docker Desktop has them, this machine's
// services for `host.docker.internal`, and the registry's files from the work tree.
import { createReadStream, existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ByteStream } from '../byte-stream.ts';
import type { Network } from '../net/network.ts';
import { tie } from '../net/pipe.ts';
import type { RegistryFiles } from '../net/registry/content.ts';

/** `folder` is public/registry. */
export function folderFiles(folder: string): RegistryFiles {
  return {
    open(path) {
      const file = join(folder, path);
      return Promise.resolve(
        existsSync(file)
          ? (createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>)
          : undefined,
      );
    },
  };
}

/** A Node socket (made with allowHalfOpen) as a byte stream. Not its async iterator: that destroys the socket at the peer's end. */
export function socketStream(socket: Socket): ByteStream {
  let failure: Error | undefined;
  const waiting: (() => void)[] = [];
  const wake = (): void => waiting.splice(0).forEach((call) => call());
  const changed = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  socket.on('error', (error) => (failure = error));
  for (const event of ['readable', 'end', 'drain', 'close']) socket.on(event, wake);
  const broken = (): Error => failure ?? new Error('broken pipe');
  return {
    closed: new Promise((resolve) => socket.once('close', () => resolve(failure))),
    async read() {
      for (;;) {
        const bytes = socket.read() as Uint8Array | null;
        if (bytes) return bytes;
        if (socket.readableEnded) return null;
        if (socket.destroyed) throw broken();
        await changed();
      }
    },
    async write(bytes) {
      if (socket.destroyed) throw broken();
      socket.write(bytes);
      while (socket.writableNeedDrain) {
        await changed();
        if (socket.destroyed) throw broken();
      }
    },
    end: () => void socket.end(),
    abort: () => void socket.resetAndDestroy(),
  };
}

/** TCP to this machine's loopback, for the guest's `host.docker.internal`. */
export function dialLoopback(port: number): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socketStream(socket));
    });
  });
}

/** Listens on this machine and carries each connection to the guest's port. Rejects if the port is taken. */
export function forwardPort(
  network: Network,
  guestPort: number,
  host = '127.0.0.1',
  port = guestPort,
): Promise<{ readonly port: number; close(): void }> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const stream = socketStream(socket);
    network.connect(guestPort).then(
      (guest) => void tie(stream, guest),
      () => stream.abort(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      const close = (): void => {
        server.close();
        for (const socket of open) socket.destroy();
      };
      resolve({ port: typeof address === 'object' && address ? address.port : port, close });
    });
  });
}
