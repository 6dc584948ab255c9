// Ports of this machine that are published for containers: which are taken, and the socket that keeps each of them taken
// for other programs too. That socket is docker-proxy's (proxy.ts).
import * as sys from '../sys/index.ts';
import { NetworkError, type PortBinding, type PortProtocol, type PortRequest } from './types.ts';

/** Docker takes ports for -P from the range that the kernel uses for outgoing connections. */
const EPHEMERAL_RANGE = '/proc/sys/net/ipv4/ip_local_port_range';
const ANY = '0.0.0.0';

/** A bound socket: tcp listens already. */
export interface HeldPort {
  readonly binding: PortBinding;
  readonly fd: number;
}

const held = new Map<string, HeldPort>();
let nextEphemeral = 0;

const key = (protocol: PortProtocol, ip: string, port: number): string => `${protocol} ${ip} ${port}`;

/** Published by another container, on this address or on all of them? */
function isTaken(protocol: PortProtocol, ip: string, port: number): boolean {
  if (ip !== ANY) return held.has(key(protocol, ip, port)) || held.has(key(protocol, ANY, port));
  for (const { binding } of held.values()) if (binding.protocol === protocol && binding.hostPort === port) return true;
  return false;
}

/** Takes a port, in Docker's words if it cannot be had. `containerIp` is for the words only. */
export function takePort(request: PortRequest, containerIp: string): HeldPort {
  const { protocol, containerPort } = request;
  const ip = request.hostIp || ANY;
  const first = request.hostPort ?? 0;
  if (first === 0) return takeEphemeral(request, ip);
  let problem = '';
  for (let port = first; port <= (request.hostPortEnd ?? first); port++) {
    if (isTaken(protocol, ip, port)) {
      problem ||= `Bind for ${ip}:${port} failed: port is already allocated`;
      continue;
    }
    try {
      return hold({ containerPort, protocol, hostIp: ip, hostPort: port });
    } catch (error) {
      if (!(error instanceof sys.SyscallError)) throw error;
      problem = `failed to bind host port for ${ip}:${port}:${containerIp}:${containerPort}/${protocol}: ${error.text}`;
    }
  }
  throw new NetworkError('internal', problem);
}

function takeEphemeral({ containerPort, protocol }: PortRequest, ip: string): HeldPort {
  const [low = 32768, high = 60999] = sys.readText(EPHEMERAL_RANGE).trim().split(/\s+/).map(Number);
  for (let tries = low; tries <= high; tries++) {
    if (nextEphemeral < low || nextEphemeral > high) nextEphemeral = low;
    const port = nextEphemeral++;
    if (isTaken(protocol, ip, port)) continue;
    try {
      return hold({ containerPort, protocol, hostIp: ip, hostPort: port });
    } catch (error) {
      if (!sys.isErrno(error, 'EADDRINUSE')) throw error;
    }
  }
  throw new NetworkError('internal', `all ports are allocated`);
}

function hold(binding: PortBinding): HeldPort {
  const { protocol, hostIp, hostPort } = binding;
  const fd = sys.socket(sys.AF.INET, (protocol === 'tcp' ? sys.SOCK.STREAM : sys.SOCK.DGRAM) | sys.SOCK.NONBLOCK);
  try {
    if (protocol === 'tcp') sys.setsockopt(fd, sys.SOL_SOCKET, sys.SO.REUSEADDR, 1);
    sys.bind(fd, { family: 'inet', address: hostIp, port: hostPort });
    if (protocol === 'tcp') sys.listen(fd);
  } catch (error) {
    sys.closeQuietly(fd);
    throw error;
  }
  const taken = { binding, fd };
  held.set(key(protocol, hostIp, hostPort), taken);
  return taken;
}

/** Gives the port back. */
export function releasePort({ protocol, hostIp, hostPort }: PortBinding): void {
  const taken = held.get(key(protocol, hostIp, hostPort));
  if (!taken) return;
  held.delete(key(protocol, hostIp, hostPort));
  sys.closeQuietly(taken.fd);
}
