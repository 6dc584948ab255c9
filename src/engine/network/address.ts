// IPv4 addresses as numbers, subnets, and the MAC address that Docker derives from an address.

export interface Subnet {
  /** Network address as an unsigned number. */
  readonly network: number;
  readonly prefixLength: number;
}

/** `172.17.0.2` as an unsigned number; undefined if it is no address. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const octet = Number(part);
    // '' and ' 1' and '1e1' are numbers for Number().
    if (!(octet <= 255) || part.length > 3 || (String(octet) !== part && !/^\d{1,3}$/.test(part))) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

export function netmask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

/** `172.17.0.0/16`; host bits are cut off. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = '', length = ''] = text.split('/');
  const value = parseIpv4(address);
  const prefixLength = Number(length);
  if (value === undefined || !/^\d{1,2}$/.test(length) || prefixLength > 32) return undefined;
  return { network: (value & netmask(prefixLength)) >>> 0, prefixLength };
}

export const formatSubnet = (subnet: Subnet): string => `${formatIpv4(subnet.network)}/${subnet.prefixLength}`;

export const broadcastOf = (subnet: Subnet): number => (subnet.network | ~netmask(subnet.prefixLength)) >>> 0;

export const contains = (subnet: Subnet, address: number): boolean =>
  (address & netmask(subnet.prefixLength)) >>> 0 === subnet.network;

export function overlaps(a: Subnet, b: Subnet): boolean {
  const shorter = Math.min(a.prefixLength, b.prefixLength);
  return ((a.network ^ b.network) & netmask(shorter)) === 0;
}

/** 02:42 ("locally administered", and a joke) and the four octets of the address. */
export function macOf(address: number): string {
  const octets = [24, 16, 8, 0].map((shift) => ((address >>> shift) & 255).toString(16).padStart(2, '0'));
  return `02:42:${octets.join(':')}`;
}

export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), (part) => parseInt(part, 16));
}
