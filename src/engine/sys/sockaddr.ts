// struct sockaddr to and from a TypeScript union. unix(7), ip(7), ipv6(7), netlink(7), packet(7); used by socket.ts.

import { native } from './native.ts';

export type SocketAddress =
  /** path '' is unnamed, a leading NUL is the abstract namespace. */
  | { family: 'unix'; path: string }
  | { family: 'inet'; address: string; port: number }
  | { family: 'inet6'; address: Uint8Array; port: number; scope: number }
  | { family: 'netlink'; pid: number; groups: number }
  | { family: 'packet'; ifindex: number; protocol: number }
  | { family: 'unknown'; number: number };

/** Four octets of a dotted quad; throws RangeError if it is none. */
export function ipv4Bytes(address: string): Uint8Array {
  const parts = address.split('.');
  const bytes = new Uint8Array(4);
  let isAddress = parts.length === 4;
  for (let i = 0; i < 4 && isAddress; i++) {
    const part = parts[i] as string;
    const octet = Number(part);
    bytes[i] = octet;
    // What a number is written as needs no closer look; 010 does, and is taken as ten.
    isAddress = bytes[i] === octet && (String(octet) === part || /^\d{1,3}$/.test(part));
  }
  if (!isAddress) throw new RangeError(`not an IPv4 address: ${address}`);
  return bytes;
}

/** Builds the kernel's structure. */
export function encodeAddress(a: SocketAddress): Uint8Array {
  switch (a.family) {
    case 'unix': {
      const path = native.utf8Encode(a.path);
      // An abstract name ends where the structure ends, a path at its NUL.
      const bytes = new Uint8Array(2 + path.length + (a.path.startsWith('\0') ? 0 : 1));
      bytes[0] = 1;
      bytes.set(path, 2);
      return bytes;
    }
    case 'inet': {
      const bytes = new Uint8Array(16);
      const view = new DataView(bytes.buffer);
      view.setUint16(0, 2, true);
      view.setUint16(2, a.port);
      bytes.set(ipv4Bytes(a.address), 4);
      return bytes;
    }
    case 'inet6': {
      const bytes = new Uint8Array(28);
      const view = new DataView(bytes.buffer);
      view.setUint16(0, 10, true);
      view.setUint16(2, a.port);
      bytes.set(a.address, 8);
      view.setUint32(24, a.scope, true);
      return bytes;
    }
    case 'netlink':
      return new Uint8Array(Uint32Array.of(16, a.pid, a.groups).buffer);
    case 'packet': {
      const bytes = new Uint8Array(20);
      const view = new DataView(bytes.buffer);
      view.setUint16(0, 17, true);
      view.setUint16(2, a.protocol);
      view.setUint32(4, a.ifindex, true);
      return bytes;
    }
    case 'unknown':
      return new Uint8Array(Uint16Array.of(a.number).buffer);
  }
}

/** Reads the kernel's structure. */
export function decodeAddress(bytes: Uint8Array): SocketAddress {
  if (bytes.byteLength < 2) return { family: 'unknown', number: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  switch (family) {
    case 1: {
      const path = native.utf8Decode(bytes.subarray(2));
      return { family: 'unix', path: path.startsWith('\0') ? path : path.replace(/\0.*$/s, '') };
    }
    case 2:
      return { family: 'inet', address: bytes.subarray(4, 8).join('.'), port: view.getUint16(2) };
    case 10:
      return { family: 'inet6', address: bytes.slice(8, 24), port: view.getUint16(2), scope: view.getUint32(24, true) };
    case 16:
      return { family: 'netlink', pid: view.getUint32(4, true), groups: view.getUint32(8, true) };
    case 17:
      return { family: 'packet', protocol: view.getUint16(2), ifindex: view.getUint32(4, true) };
    default:
      return { family: 'unknown', number: family };
  }
}
