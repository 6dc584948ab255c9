// Sockets: unix(7), ip(7), netlink(7), packet(7) by one set of wrappers; descriptors travel by SCM_RIGHTS.

import { native } from './native.ts';
import { ERRNO_AGAIN } from './constants.ts';
import { checked, raw, SyscallError, sys } from './error.ts';
import { decodeAddress, encodeAddress, type SocketAddress } from './sockaddr.ts';

export type { SocketAddress } from './sockaddr.ts';

export const AF = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17 } as const;
export const SOCK = { STREAM: 1, DGRAM: 2, RAW: 3, SEQPACKET: 5, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 } as const;
export const SOL_SOCKET = 1;
export const SO = {
  REUSEADDR: 2,
  TYPE: 3,
  ERROR: 4,
  BROADCAST: 6,
  SNDBUF: 7,
  RCVBUF: 8,
  KEEPALIVE: 9,
  REUSEPORT: 15,
  PEERCRED: 17,
  BINDTODEVICE: 25,
  RCVBUFFORCE: 33,
} as const;
export const IPPROTO = { IP: 0, ICMP: 1, TCP: 6, UDP: 17, IPV6: 41, RAW: 255 } as const;
export const TCP_NODELAY = 1;
export const MSG = { OOB: 1, PEEK: 2, TRUNC: 0x20, DONTWAIT: 0x40, NOSIGNAL: 0x4000 } as const;
export const NETLINK = { ROUTE: 0, CONNECTOR: 11, NETFILTER: 12, KOBJECT_UEVENT: 15 } as const;

/** socket(2), close-on-exec. */
export function socket(family: number, type: number, protocol = 0): number {
  return sys('socket', family, type | SOCK.CLOEXEC, protocol);
}

/** socketpair(2), close-on-exec. */
export function socketpair(family: number = AF.UNIX, type: number = SOCK.STREAM): [number, number] {
  const fds = new Int32Array(2);
  sys('socketpair', family, type | SOCK.CLOEXEC, 0, fds);
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/** bind(2). */
export function bind(fd: number, address: SocketAddress): void {
  const bytes = encodeAddress(address);
  sys('bind', fd, bytes, bytes.byteLength);
}

/** listen(2). */
export function listen(fd: number, backlog = 128): void {
  sys('listen', fd, backlog);
}

/** accept4(2): a non-blocking connection, or null if none waits. */
export function accept4(fd: number, flags: number = SOCK.NONBLOCK): { fd: number; peer: SocketAddress } | null {
  const address = new Uint8Array(128);
  const length = Uint32Array.of(address.byteLength);
  const result = raw('accept4', fd, address, length, flags | SOCK.CLOEXEC);
  if (result === -ERRNO_AGAIN) return null;
  if (result < 0) throw new SyscallError('accept4', [fd], -result);
  return { fd: result, peer: decodeAddress(address.subarray(0, length[0])) };
}

/** accept4(2) where nobody asks who it is: the connection's descriptor, or -1 if none waits. */
export function accept(fd: number, flags: number = SOCK.NONBLOCK): number {
  const result = raw('accept4', fd, null, null, flags | SOCK.CLOEXEC);
  if (result === -ERRNO_AGAIN) return -1;
  return checked('accept4', [fd], result);
}

/** connect(2): false if it is still under way (EINPROGRESS): wait for writable(), then look at socketError(). */
export function connect(fd: number, address: SocketAddress): boolean {
  const EINPROGRESS = 115;
  const bytes = encodeAddress(address);
  const result = raw('connect', fd, bytes, bytes.byteLength);
  if (result === -EINPROGRESS) return false;
  checked('connect', [fd, JSON.stringify(address)], result);
  return true;
}

/** SO_ERROR: errno of a finished connect, 0 if it succeeded. */
export function socketError(fd: number): number {
  const value = new Int32Array(1);
  getsockopt(fd, SOL_SOCKET, SO.ERROR, value);
  return value[0] ?? 0;
}

/** shutdown(2). */
export function shutdown(fd: number, how: 'RD' | 'WR' | 'RDWR'): void {
  const ENOTCONN = 107;
  const result = raw('shutdown', fd, { RD: 0, WR: 1, RDWR: 2 }[how]);
  if (result < 0 && result !== -ENOTCONN) throw new SyscallError('shutdown', [fd, how], -result);
}

/** getsockopt(2): fills value (whose content the kernel may read too); the length it wrote. */
export function getsockopt(fd: number, level: number, name: number, value: ArrayBufferView): number {
  const length = Uint32Array.of(value.byteLength);
  sys('getsockopt', fd, level, name, value, length);
  return length[0] ?? 0;
}

/** setsockopt(2) with an int or a structure. */
export function setsockopt(fd: number, level: number, name: number, value: number | ArrayBufferView): void {
  const bytes = typeof value === 'number' ? Int32Array.of(value) : value;
  sys('setsockopt', fd, level, name, bytes, bytes.byteLength);
}

/** getsockname(2). */
export function getsockname(fd: number): SocketAddress {
  const address = new Uint8Array(128);
  const length = Uint32Array.of(address.byteLength);
  sys('getsockname', fd, address, length);
  return decodeAddress(address.subarray(0, length[0]));
}

/** getpeername(2). */
export function getpeername(fd: number): SocketAddress {
  const address = new Uint8Array(128);
  const length = Uint32Array.of(address.byteLength);
  sys('getpeername', fd, address, length);
  return decodeAddress(address.subarray(0, length[0]));
}

/** Process at the other end of a Unix socket. SO_PEERCRED in unix(7) */
export function peerCredentials(fd: number): { pid: number; uid: number; gid: number } {
  const c = new Int32Array(3);
  getsockopt(fd, SOL_SOCKET, SO.PEERCRED, c);
  return { pid: c[0] ?? 0, uid: c[1] ?? 0, gid: c[2] ?? 0 };
}

/** sendto(2) without SIGPIPE; null instead of EAGAIN. */
export function sendto(fd: number, bytes: Uint8Array, address?: SocketAddress, flags = 0): number | null {
  const to = address ? encodeAddress(address) : null;
  const n = raw('sendto', fd, bytes, bytes.byteLength, flags | MSG.NOSIGNAL, to, to?.byteLength ?? 0);
  if (n === -ERRNO_AGAIN) return null;
  return checked('sendto', [fd, bytes], n);
}

/** struct sockaddr and its length, as the kernel fills them in for recvfrom(). */
const sender = new Uint8Array(128);
const senderSize = new Uint32Array(1);

/** recvfrom(2): bytes received into the buffer and the sender; null instead of EAGAIN. */
export function recvfrom(fd: number, into: Uint8Array, flags = 0): { length: number; from: SocketAddress } | null {
  const length = receive(fd, into, flags);
  return length === null ? null : { length, from: lastSender() };
}

/** recvfrom(2) where the sender does not matter, or is asked for with lastSender(): bytes received; null instead of EAGAIN. */
export function receive(fd: number, into: Uint8Array, flags = 0): number | null {
  senderSize[0] = sender.byteLength;
  const n = raw('recvfrom', fd, into, into.byteLength, flags, sender, senderSize);
  if (n === -ERRNO_AGAIN) return null;
  return checked('recvfrom', [fd], n);
}

/** Who sent what was received last, on whatever socket. */
export function lastSender(): SocketAddress {
  return decodeAddress(sender.subarray(0, senderSize[0]));
}

/** sendto(2) to whom lastSender() names, which nobody has to read for that; null instead of EAGAIN. */
export function sendBack(fd: number, bytes: Uint8Array): number | null {
  const n = raw('sendto', fd, bytes, bytes.byteLength, MSG.NOSIGNAL, sender, senderSize[0]);
  if (n === -ERRNO_AGAIN) return null;
  return checked('sendto', [fd, bytes], n);
}

/** sendmsg(2) with descriptors (SCM_RIGHTS); at least one byte must go with them. Null instead of EAGAIN. */
export function sendmsg(fd: number, bytes: Uint8Array, fds: readonly number[] = []): number | null {
  const n = native.sendFds(fd, bytes, fds);
  if (n === -ERRNO_AGAIN) return null;
  return checked('sendmsg', [fd, bytes, `[${fds.join(' ')}]`], n);
}

/** recvmsg(2): bytes received into the buffer (0 at the end) and descriptors that came along, close-on-exec. Null instead of EAGAIN. */
export function recvmsg(fd: number, into: Uint8Array, maxFds = 16): { length: number; fds: number[] } | null {
  const result = native.recvFds(fd, into, maxFds);
  if (typeof result !== 'number') return { length: result[0] ?? 0, fds: result.slice(1) };
  if (result === -ERRNO_AGAIN) return null;
  throw new SyscallError('recvmsg', [fd], -result);
}
