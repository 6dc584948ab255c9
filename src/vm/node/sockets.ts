// Node's sockets as byte streams, with half-close and backpressure both ways.
import { createConnection, type Socket } from 'node:net';
import type { ByteStream } from '../byte-stream.ts';

/** A Node socket (made with allowHalfOpen) as a byte stream. Not its async iterator: that destroys the socket at the peer's end. */
export function byteStreamOf(socket: Socket): ByteStream {
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
    // A Unix socket has no reset.
    abort: () => void (socket.remoteFamily === undefined ? socket.destroy() : socket.resetAndDestroy()),
  };
}

/** TCP to a port of this machine's loopback; rejects if nothing listens. */
export function dialLoopback(port: number): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(byteStreamOf(socket));
    });
  });
}
