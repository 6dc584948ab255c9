// Docker's rules in the kernel's packet filter, in Docker's chains and order. `iptables -t nat -S` and `iptables -S` in the
// VM show them. https://docs.docker.com/engine/network/packet-filtering-firewalls/
//
//   nat     PREROUTING, OUTPUT ─▶ DOCKER          a packet for one of our own addresses: is its port published?  DNAT
//           POSTROUTING                            a packet from a container to the world: our address as sender  MASQUERADE
//   filter  FORWARD ─▶ DOCKER-USER                 the user's own rules come first
//                   ─▶ DOCKER-ISOLATION-STAGE-1/2  from one bridge to another: dropped
//                   ─▶ DOCKER                      into a container: only to published ports
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import { parseIpv4, type Subnet } from './address.ts';
import type { PortBinding } from './types.ts';
import { Table } from './xtables.ts';
import type { Rule } from './xtables-rule.ts';

const FILE = 'src/engine/network/firewall.ts';
const [STAGE_1, STAGE_2] = ['DOCKER-ISOLATION-STAGE-1', 'DOCKER-ISOLATION-STAGE-2'];
const LOOPBACK: Subnet = { network: 0x7f000000, prefixLength: 8 };

export interface BridgeRules {
  readonly bridge: string;
  readonly subnet: Subnet;
  readonly masquerade: boolean;
  /** Containers of the network may talk to each other. */
  readonly icc: boolean;
  readonly internal: boolean;
}

export interface PublishedRules {
  readonly bridge: string;
  readonly containerIp: number;
  readonly bindings: readonly PortBinding[];
}

let socket = -1;

/** Reads both tables, lets `change` edit them, and puts back the ones that it changed. */
function edit(fn: string, change: (nat: Table, filter: Table) => void): void {
  step('dockerd', fn, FILE);
  // iptables speaks through options of a raw socket.
  if (socket < 0) socket = sys.socket(sys.AF.INET, sys.SOCK.RAW, sys.IPPROTO.RAW);
  const nat = Table.read(socket, 'nat');
  const filter = Table.read(socket, 'filter');
  change(nat, filter);
  nat.commit(socket);
  filter.commit(socket);
}

/** Chains and jumps that are there whatever networks there are. */
function ensureChains(nat: Table, filter: Table): void {
  nat.ensureChain('DOCKER');
  nat.ensureRule('PREROUTING', { toLocal: true, target: { chain: 'DOCKER' } });
  nat.ensureRule('OUTPUT', { destination: LOOPBACK, not: ['destination'], toLocal: true, target: { chain: 'DOCKER' } });
  for (const chain of ['DOCKER', STAGE_1, STAGE_2, 'DOCKER-USER']) filter.ensureChain(chain);
  // What is not allowed below does not cross this machine.
  filter.setPolicy('FORWARD', 'DROP');
  filter.ensureRule('FORWARD', { target: { chain: 'DOCKER-USER' } }, 0);
  filter.ensureRule('FORWARD', { target: { chain: STAGE_1 } }, 1);
  for (const chain of [STAGE_1, STAGE_2, 'DOCKER-USER']) filter.ensureRule(chain, { target: 'RETURN' });
}

type Placed = readonly [chain: string, rule: Rule, at?: number];

/** A network's rules; the newest network's come first, behind the two jumps of FORWARD. Inserted one by one: so in reverse. */
function bridgeRules({ bridge, subnet, masquerade, icc, internal }: BridgeRules): { nat: Placed[]; filter: Placed[] } {
  const other = { not: ['out'] } as const;
  if (internal) {
    return {
      nat: [],
      filter: [
        ['FORWARD', { in: bridge, out: bridge, target: icc ? 'ACCEPT' : 'DROP' }, 2],
        [STAGE_1, { source: subnet, not: ['source'], out: bridge, target: 'DROP' }, 0],
        [STAGE_1, { destination: subnet, not: ['destination'], in: bridge, target: 'DROP' }, 0],
      ],
    };
  }
  return {
    nat: [
      ...(masquerade
        ? [['POSTROUTING', { source: subnet, out: bridge, ...other, target: 'MASQUERADE' }, 0] as const]
        : []),
      // From a container to a published port of this machine: not by DNAT but by way of docker-proxy.
      ['DOCKER', { in: bridge, target: 'RETURN' }, 0],
    ],
    filter: [
      ['FORWARD', { in: bridge, out: bridge, target: icc ? 'ACCEPT' : 'DROP' }, 2],
      ['FORWARD', { in: bridge, out: bridge, ...other, target: 'ACCEPT' }, 2],
      ['FORWARD', { out: bridge, target: { chain: 'DOCKER' } }, 2],
      ['FORWARD', { out: bridge, established: true, target: 'ACCEPT' }, 2],
      [STAGE_1, { in: bridge, out: bridge, ...other, target: { chain: STAGE_2 } }, 0],
      [STAGE_2, { out: bridge, target: 'DROP' }, 0],
    ],
  };
}

function portRules({ bridge, containerIp, bindings }: PublishedRules): { nat: Placed[]; filter: Placed[] } {
  const container: Subnet = { network: containerIp, prefixLength: 32 };
  const nat: Placed[] = [];
  const filter: Placed[] = [];
  for (const { hostIp, hostPort, protocol, containerPort } of bindings) {
    const address = parseIpv4(hostIp) ?? 0;
    nat.push([
      'DOCKER',
      {
        ...(address !== 0 && { destination: { network: address, prefixLength: 32 } }),
        in: bridge,
        not: ['in'],
        protocol,
        destinationPort: hostPort,
        target: { address: containerIp, port: containerPort },
      },
    ]);
    // A container that reaches itself by its published port must not see its own address as the sender.
    nat.push([
      'POSTROUTING',
      { source: container, destination: container, protocol, destinationPort: containerPort, target: 'MASQUERADE' },
    ]);
    filter.push([
      'DOCKER',
      {
        destination: container,
        in: bridge,
        out: bridge,
        not: ['in'],
        protocol,
        destinationPort: containerPort,
        target: 'ACCEPT',
      },
    ]);
  }
  return { nat, filter };
}

function ensureAll(table: Table, rules: readonly Placed[]): void {
  for (const [chain, rule, at] of rules) table.ensureRule(chain, rule, at);
}

function removeAll(table: Table, rules: readonly Placed[]): void {
  for (const [chain, rule] of rules) table.removeRule(chain, rule);
}

/**
 * At a start: chains, networks' rules and published ports as they should be; what an earlier dockerd left in DOCKER goes, and
 * the rules of bridges (`strays`) that belong to no network.
 */
export function rebuildFirewall(
  bridges: readonly BridgeRules[],
  published: readonly PublishedRules[],
  strays: readonly string[],
): void {
  edit('rebuildFirewall', (nat, filter) => {
    for (const table of [nat, filter]) for (const bridge of strays) table.removeRulesOf(bridge);
    nat.flush('DOCKER');
    for (const chain of ['DOCKER', STAGE_1, STAGE_2]) filter.flush(chain);
    ensureChains(nat, filter);
    for (const bridge of bridges) {
      const rules = bridgeRules(bridge);
      ensureAll(nat, rules.nat);
      ensureAll(filter, rules.filter);
    }
    for (const ports of published) {
      const rules = portRules(ports);
      ensureAll(nat, rules.nat);
      ensureAll(filter, rules.filter);
    }
  });
}

export function addBridgeRules(bridge: BridgeRules): void {
  edit('addBridgeRules', (nat, filter) => {
    ensureChains(nat, filter);
    const rules = bridgeRules(bridge);
    ensureAll(nat, rules.nat);
    ensureAll(filter, rules.filter);
  });
}

export function removeBridgeRules(bridge: BridgeRules): void {
  edit('removeBridgeRules', (nat, filter) => {
    const rules = bridgeRules(bridge);
    removeAll(nat, rules.nat);
    removeAll(filter, rules.filter);
  });
}

export function publishPorts(published: PublishedRules): void {
  edit('publishPorts', (nat, filter) => {
    const rules = portRules(published);
    ensureAll(nat, rules.nat);
    ensureAll(filter, rules.filter);
  });
}

export function unpublishPorts(published: PublishedRules): void {
  edit('unpublishPorts', (nat, filter) => {
    const rules = portRules(published);
    removeAll(nat, rules.nat);
    removeAll(filter, rules.filter);
  });
}
