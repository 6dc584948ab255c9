// Which subnet of `docker network create` each --ip-range, --gateway and --aux-address belongs to. Called by network create.
import { contains, overlaps, parseIpv4, parseSubnet, type Subnet } from '../../network/address.ts';
import { CommandError } from '../command.ts';
import { pairs } from '../container/options.ts';
import type { Flags } from '../flags.ts';

interface PoolConfig {
  readonly Subnet: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Record<string, string>;
}

/** IPAM.Config of the request. Throws CommandError for what belongs to no subnet, or to one that has its own already. */
export function ipamConfig(flags: Flags): PoolConfig[] {
  const [subnets, ranges, gateways] = [flags.list('subnet'), flags.list('ip-range'), flags.list('gateway')];
  if (subnets.length < ranges.length || subnets.length < gateways.length)
    throw new CommandError('every ip-range or gateway must have a corresponding subnet');
  const pools = subnets.map((text) => ({ subnet: subnetOf(text), config: { Subnet: text } as PoolConfig }));
  pools.forEach(({ subnet }, i) => {
    if (pools.slice(0, i).some((other) => overlaps(other.subnet, subnet)))
      throw new CommandError('multiple overlapping subnet configuration is not supported');
  });
  const poolOf = (address: number | undefined, what: string): PoolConfig => {
    const pool = pools.find(({ subnet }) => address !== undefined && contains(subnet, address));
    if (!pool) throw new CommandError(`no matching subnet for ${what}`);
    return pool.config;
  };
  for (const range of ranges) {
    const pool = poolOf(subnetOf(range).network, `range ${range}`);
    if (pool.IPRange !== undefined)
      throw new CommandError(
        `cannot configure multiple ranges (${range}, ${pool.IPRange}) on the same subnet (${pool.Subnet})`,
      );
    pool.IPRange = range;
  }
  for (const gateway of gateways) {
    const pool = poolOf(parseIpv4(gateway), `gateway ${gateway}`);
    if (pool.Gateway !== undefined)
      throw new CommandError(
        `cannot configure multiple gateways (${gateway}, ${pool.Gateway}) for the same subnet (${pool.Subnet})`,
      );
    pool.Gateway = gateway;
  }
  for (const [name, address] of Object.entries(pairs(flags.list('aux-address')))) {
    const pool = poolOf(parseIpv4(address), `aux-address ${address}`);
    pool.AuxiliaryAddresses = { ...pool.AuxiliaryAddresses, [name]: address };
  }
  return pools.map(({ config }) => config);
}

function subnetOf(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (!subnet) throw new CommandError(`invalid subnet: invalid CIDR address: ${text}`);
  return subnet;
}
