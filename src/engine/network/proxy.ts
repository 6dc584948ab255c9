// docker-proxy: one small process a published port, forked from dockerd. It serves whom the DNAT rule does not reach:
// programs on this machine that connect to 127.0.0.1, and containers that use this machine's own address.
import { FdReader, FdWriter, childExit, onReadable, pump, run, writable } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import type { HeldPort } from './ports.ts';

/** Starts the proxy on the socket that holds the port. Returns what ends it. */
export function startProxy({ binding, fd }: HeldPort, containerIp: string): () => void {
  const { protocol, hostIp, hostPort, containerPort } = binding;
  const child = sys.fork(
    () => {
      // When dockerd ends so do we: the next dockerd starts new ones.
      sys.prctl(sys.PR.SET_PDEATHSIG, sys.SIGNAL.SIGKILL);
      run(() =>
        protocol === 'tcp' ? proxyTcp(fd, containerIp, containerPort) : proxyUdp(fd, containerIp, containerPort),
      );
    },
    {
      keep: [fd],
      title: `docker-proxy -proto ${protocol} -host-ip ${hostIp} -host-port ${hostPort} -container-ip ${containerIp} -container-port ${containerPort}`,
    },
  );
  childExit(child).catch(() => undefined);
  return () => void sys.killQuietly(child.pid, sys.SIGNAL.SIGKILL);
}

const forEver = (): Promise<never> => new Promise(() => undefined);

function proxyTcp(listener: number, address: string, port: number): Promise<never> {
  onReadable(listener, () => {
    for (let peer = sys.accept(listener); peer >= 0; peer = sys.accept(listener)) void relay(peer, address, port);
  });
  return forEver();
}

async function relay(client: number, address: string, port: number): Promise<void> {
  const server = sys.socket(sys.AF.INET, sys.SOCK.STREAM | sys.SOCK.NONBLOCK);
  try {
    if (!sys.connect(server, { family: 'inet', address, port })) await writable(server);
    if (sys.socketError(server) !== 0) return;
    // Each direction ends for itself: a client that has said all still gets its answer.
    await Promise.all([copy(client, server), copy(server, client)]);
  } catch {
    // A broken connection concerns its two ends only.
  } finally {
    sys.closeQuietly(client);
    sys.closeQuietly(server);
  }
}

async function copy(from: number, to: number): Promise<void> {
  await pump(new FdReader(from), new FdWriter(to));
  sys.shutdown(to, 'WR');
}

const UDP_CLIENTS_MAX = 256;

/** Each client gets a socket of its own towards the container, so that answers find their way back. */
function proxyUdp(socket: number, address: string, port: number): Promise<never> {
  const buffer = new Uint8Array(65536);
  const servers = new Map<string, number>();
  onReadable(socket, () => {
    for (let got = sys.recvfrom(socket, buffer); got; got = sys.recvfrom(socket, buffer)) {
      const client = got.from;
      if (client.family !== 'inet') continue;
      const name = `${client.address}:${client.port}`;
      let server = servers.get(name);
      if (server === undefined) {
        server = sys.socket(sys.AF.INET, sys.SOCK.DGRAM | sys.SOCK.NONBLOCK);
        sys.connect(server, { family: 'inet', address, port });
        forgetOldest(servers);
        servers.set(name, server);
        const from = server;
        onReadable(from, () => {
          const answer = sys.raw('read', from, buffer, buffer.length);
          if (answer >= 0) sys.sendto(socket, buffer.subarray(0, answer), client);
        });
      }
      sys.sendto(server, buffer.subarray(0, got.length));
    }
  });
  return forEver();
}

function forgetOldest(servers: Map<string, number>): void {
  const [oldest] = servers;
  if (!oldest || servers.size < UDP_CLIENTS_MAX) return;
  servers.delete(oldest[0]);
  sys.closeQuietly(oldest[1]);
}
