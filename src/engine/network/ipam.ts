// Address management: which subnet a new network gets, and which address a new endpoint. The lowest free one each time.
import {
  broadcastOf,
  contains,
  formatIpv4,
  formatSubnet,
  overlaps,
  parseIpv4,
  parseSubnet,
  type Subnet,
} from './address.ts';
import { NetworkError, type IpamConfig, type NetworkCreate } from './types.ts';

/** Docker's default pools: 172.17.0.0/16 … 172.31.0.0/16, then 192.168.0.0/16 in pieces of 4096 addresses. */
function* defaultPools(): Generator<Subnet> {
  for (let second = 17; second <= 31; second++)
    yield { network: (172 * 2 ** 24 + second * 2 ** 16) >>> 0, prefixLength: 16 };
  for (let third = 0; third < 256; third += 16)
    yield { network: (192 * 2 ** 24 + 168 * 2 ** 16 + third * 256) >>> 0, prefixLength: 20 };
}

/** Subnet and gateway of a new network: as asked for, or from the first pool that overlaps nothing in `taken`. */
export function choosePool(request: NetworkCreate, taken: readonly Subnet[]): IpamConfig {
  const asked = request.IPAM?.Config?.[0];
  if (!asked?.Subnet) {
    for (const pool of defaultPools()) {
      if (taken.some((other) => overlaps(other, pool))) continue;
      return { Subnet: formatSubnet(pool), Gateway: asked?.Gateway ?? formatIpv4(pool.network + 1) };
    }
    throw new NetworkError('internal', 'all predefined address pools have been fully subnetted');
  }
  const subnet = parseSubnet(asked.Subnet);
  if (!subnet)
    throw new NetworkError('invalid', `invalid network config:\ninvalid subnet ${asked.Subnet}: invalid CIDR address`);
  if (formatSubnet(subnet) !== asked.Subnet)
    throw new NetworkError(
      'invalid',
      `invalid network config:\ninvalid subnet ${asked.Subnet}: it should be ${formatSubnet(subnet)}`,
    );
  if (taken.some((other) => overlaps(other, subnet)))
    throw new NetworkError('forbidden', 'invalid pool request: Pool overlaps with other one on this address space');
  const range = asked.IPRange ? parseSubnet(asked.IPRange) : undefined;
  if (asked.IPRange && (!range || !contains(subnet, range.network))) {
    throw new NetworkError(
      'invalid',
      `invalid network config:\ninvalid ip-range ${asked.IPRange}: parent subnet (${asked.Subnet}) doesn't contain ip-range`,
    );
  }
  const gateway = asked.Gateway ? parseIpv4(asked.Gateway) : (range?.network ?? subnet.network) + 1;
  if (gateway === undefined || !contains(subnet, gateway)) {
    throw new NetworkError(
      'invalid',
      `invalid network config:\ninvalid gateway ${asked.Gateway}: parent subnet (${asked.Subnet}) doesn't contain this address`,
    );
  }
  return {
    Subnet: formatSubnet(subnet),
    ...(asked.IPRange && { IPRange: asked.IPRange }),
    Gateway: formatIpv4(gateway),
    ...(asked.AuxiliaryAddresses && { AuxiliaryAddresses: asked.AuxiliaryAddresses }),
  };
}

/** An address for an endpoint. `used`: those of the network's other endpoints. */
export function chooseAddress(config: IpamConfig, used: ReadonlySet<number>, asked: string | undefined): number {
  const subnet = parseSubnet(config.Subnet);
  if (!subnet) throw new NetworkError('internal', `bad subnet ${config.Subnet}`);
  const reserved = new Set([subnet.network, broadcastOf(subnet), parseIpv4(config.Gateway ?? '') ?? -1]);
  for (const address of Object.values(config.AuxiliaryAddresses ?? {})) reserved.add(parseIpv4(address) ?? -1);
  if (asked) {
    const address = parseIpv4(asked);
    if (address === undefined) throw new NetworkError('invalid', `invalid IPv4 address: ${asked}`);
    if (!contains(subnet, address))
      throw new NetworkError(
        'invalid',
        `Requested address is out of range: no configured subnet contains IP address ${asked}`,
      );
    if (used.has(address) || reserved.has(address)) throw new NetworkError('forbidden', 'Address already in use');
    return address;
  }
  const range = (config.IPRange && parseSubnet(config.IPRange)) || subnet;
  for (let address = range.network; address <= broadcastOf(range); address++) {
    if (!used.has(address) && !reserved.has(address)) return address;
  }
  throw new NetworkError('internal', "no available IPv4 addresses on this network's address pools");
}
