// Listening sockets for serve(): a Unix socket that replaces a dead predecessor's file, and TCP.

import { chmod } from '../sys/inode.ts';
import { removeQuietly } from '../sys/path.ts';
import { AF, bind, IPPROTO, listen, setsockopt, SO, SOCK, socket, SOL_SOCKET, TCP_NODELAY } from '../sys/socket.ts';

/** Binds and listens on a Unix socket; a file of that name is removed first. */
export function listenUnix(path: string, mode = 0o660): number {
  const fd = socket(AF.UNIX, SOCK.STREAM | SOCK.NONBLOCK);
  removeQuietly(path);
  bind(fd, { family: 'unix', path });
  chmod(path, mode);
  listen(fd, 128);
  return fd;
}

/** Binds and listens on TCP; accepted connections send small messages at once. */
export function listenTcp(address: string, port: number): number {
  const fd = socket(AF.INET, SOCK.STREAM | SOCK.NONBLOCK);
  setsockopt(fd, SOL_SOCKET, SO.REUSEADDR, 1);
  setsockopt(fd, IPPROTO.TCP, TCP_NODELAY, 1);
  bind(fd, { family: 'inet', address, port });
  listen(fd, 128);
  return fd;
}
