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

/** All that is wrong with what was asked for, in Docker's words. */
function problemsOf({ Subnet, IPRange, Gateway, AuxiliaryAddresses = {} }: IpamConfig): string[] {
  const subnet = parseSubnet(Subnet);
  if (!subnet) return [`invalid subnet ${Subnet}: invalid CIDR block notation`];
  const problems: string[] = [];
  if (formatSubnet(subnet) !== Subnet) problems.push(`invalid subnet ${Subnet}: it should be ${formatSubnet(subnet)}`);
  if (IPRange) {
    const range = parseSubnet(IPRange);
    const wrong = (why: string): unknown => problems.push(`invalid ip-range ${IPRange}: ${why}`);
    if (!range) wrong('invalid CIDR block notation');
    else {
      if (range.prefixLength < subnet.prefixLength) wrong(`CIDR block is bigger than its parent subnet ${Subnet}`);
      if (formatSubnet(range) !== IPRange) wrong(`it should be ${formatSubnet(range)}`);
      if (!overlaps(subnet, range)) wrong(`parent subnet ${Subnet} doesn't contain ip-range`);
    }
  }
  const check = (what: string, text: string): void => {
    const address = parseIpv4(text);
    if (address === undefined) problems.push(`invalid ${what}: invalid address`);
    else if (!contains(subnet, address))
      problems.push(`invalid ${what}: parent subnet ${Subnet} doesn't contain this address`);
  };
  if (Gateway) check(`gateway ${Gateway}`, Gateway);
  for (const [name, address] of Object.entries(AuxiliaryAddresses)) check(`auxiliary address ${name}`, address);
  return problems;
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
  const problems = problemsOf({ ...asked, Subnet: asked.Subnet });
  const subnet = parseSubnet(asked.Subnet);
  if (!subnet || problems.length > 0)
    throw new NetworkError('invalid', `invalid network config:\n${problems.join('\n')}`);
  if (taken.some((other) => overlaps(other, subnet)))
    throw new NetworkError('forbidden', 'invalid pool request: Pool overlaps with other one on this address space');
  const range = asked.IPRange ? parseSubnet(asked.IPRange) : undefined;
  const gateway = (asked.Gateway ? parseIpv4(asked.Gateway) : undefined) ?? (range?.network ?? subnet.network) + 1;
  return {
    Subnet: formatSubnet(subnet),
    ...(asked.IPRange && { IPRange: asked.IPRange }),
    Gateway: formatIpv4(gateway),
    ...(asked.AuxiliaryAddresses && { AuxiliaryAddresses: asked.AuxiliaryAddresses }),
  };
}

interface Pool {
  readonly subnet: Subnet;
  /** From which addresses are given out. */
  readonly range: Subnet;
  /** Never given out: the network's own, broadcast, gateway and what --aux-address names. */
  readonly reserved: ReadonlySet<number>;
}

/** Read once from a network's record, which does not change. */
const pools = new WeakMap<IpamConfig, Pool>();

function poolOf(config: IpamConfig): Pool {
  const known = pools.get(config);
  if (known) return known;
  const subnet = parseSubnet(config.Subnet);
  if (!subnet) throw new NetworkError('internal', `bad subnet ${config.Subnet}`);
  const reserved = new Set([subnet.network, broadcastOf(subnet), parseIpv4(config.Gateway ?? '') ?? -1]);
  for (const address of Object.values(config.AuxiliaryAddresses ?? {})) reserved.add(parseIpv4(address) ?? -1);
  const pool = { subnet, range: (config.IPRange && parseSubnet(config.IPRange)) || subnet, reserved };
  pools.set(config, pool);
  return pool;
}

/** An address for an endpoint. `used`: those of the network's other endpoints. */
export function chooseAddress(config: IpamConfig, used: ReadonlySet<number>, asked: string | undefined): number {
  const { subnet, range, reserved } = poolOf(config);
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
  for (let address = range.network; address <= broadcastOf(range); address++) {
    if (!used.has(address) && !reserved.has(address)) return address;
  }
  throw new NetworkError('internal', "no available IPv4 addresses on this network's address pools");
}
