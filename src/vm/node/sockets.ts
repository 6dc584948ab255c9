// Node's sockets as byte streams, with half-close and backpressure both ways.
import { createConnection, type Socket } from 'node:net';
import type { ByteStream } from '../byte-stream.ts';

/** Of a connected socket that was made with allowHalfOpen. */
export function byteStreamOf(socket: Socket): ByteStream {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let failure: Error | undefined;
  socket.on('error', (error) => (failure = error));
  return {
    async read() {
      const { done, value } = await chunks.next();
      return done ? null : value;
    },
    write: (bytes) => new Promise((resolve, reject) => void socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    end: () => void socket.end(),
    abort: () => void socket.destroy(),
    closed: new Promise((resolve) => socket.once('close', () => resolve(failure))),
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
