// docker network: ls, create, inspect (see container/look.ts), connect, disconnect, rm, prune.
import { argument, filterQuery, forEachName, query, type Command } from '../command.ts';
import { confirmed } from '../container/lifecycle.ts';
import { checks } from '../container/flag-checks.ts';
import { pairs } from '../container/options.ts';
import { missingFlag, newerFlag } from '../flags.ts';
import { formatList, labelsText, listFlags, withLabels } from '../format/list.ts';
import { natural, shortId } from '../format/units.ts';
import { ipamConfig } from './ipam.ts';

const enc = encodeURIComponent;

interface NetworkResource {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Created: string;
  readonly EnableIPv4?: boolean;
  readonly EnableIPv6: boolean;
  readonly Internal: boolean;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** A time as Go prints it: a fraction without its last zeros, and the zone. */
function goTime(iso: string): string {
  const short = iso.replace(/\.(\d*?)0*Z$/, (_, fraction: string) => (fraction === '' ? 'Z' : `.${fraction}Z`));
  return short.replace('T', ' ').replace('Z', ' +0000 UTC');
}

export const networkList: Command = {
  names: ['network ls', 'network list'],
  usage: '[OPTIONS]',
  help: 'List networks',
  args: [0, 0],
  flags: listFlags,
  async run({ api, flags, io }) {
    const list = await api.json<NetworkResource[]>(
      'GET',
      `/networks${query({ filters: filterQuery(flags.list('filter')) })}`,
    );
    const rows = [...list]
      .sort((a, b) => natural(a.Name, b.Name))
      .map((network) =>
        withLabels(
          {
            ID: flags.bool('no-trunc') ? network.Id : shortId(network.Id),
            Name: network.Name,
            Driver: network.Driver,
            Scope: network.Scope,
            IPv4: String(network.EnableIPv4 ?? true),
            IPv6: String(network.EnableIPv6),
            Internal: String(network.Internal),
            Labels: labelsText(network.Labels),
            CreatedAt: goTime(network.Created),
          },
          network.Labels,
        ),
      );
    const fields = {
      ID: 'NETWORK ID',
      Name: 'NAME',
      Driver: 'DRIVER',
      Scope: 'SCOPE',
      IPv4: 'IPV4',
      IPv6: 'IPV6',
      Internal: 'INTERNAL',
      Labels: 'LABELS',
      CreatedAt: 'CREATED AT',
    };
    io.out(
      formatList(rows, {
        format: flags.text('format'),
        quiet: flags.bool('quiet') ? 'ID' : undefined,
        fields,
        shown: ['ID', 'Name', 'Driver', 'Scope'],
        type: 'network.networkContext',
      }),
    );
    return 0;
  },
};

export const networkCreate: Command = {
  names: ['network create'],
  usage: '[OPTIONS] NETWORK',
  help: 'Create a network',
  args: [1, 1],
  flags: [
    { name: 'attachable', type: 'bool', help: 'Enable manual container attachment' },
    {
      name: 'aux-address',
      type: 'map',
      help: 'Auxiliary IPv4 or IPv6 addresses used by Network driver',
      default: 'map[]',
    },
    { name: 'driver', short: 'd', type: 'string', help: 'Driver to manage the Network', default: '"bridge"' },
    { name: 'gateway', type: 'list', help: 'IPv4 or IPv6 Gateway for the master subnet' },
    { name: 'internal', type: 'bool', help: 'Restrict external access to the network' },
    { name: 'ip-range', type: 'list', help: 'Allocate container ip from a sub-range' },
    { name: 'ipam-driver', type: 'string', help: 'IP Address Management Driver', default: '"default"' },
    newerFlag('ipv4', 'bool', '1.48'),
    {
      name: 'ipv6',
      type: 'bool',
      help: 'Enable or disable IPv6 address assignment',
      differs: 'refused: there is no IPv6',
    },
    missingFlag('config-from', 'string'),
    missingFlag('config-only', 'bool'),
    missingFlag('ingress', 'bool'),
    { name: 'ipam-opt', type: 'map', help: 'Set IPAM driver specific options', default: 'map[]' },
    { name: 'scope', type: 'string', help: "Control the network's scope", differs: 'only local' },
    { name: 'label', type: 'list', help: 'Set metadata on a network' },
    { name: 'opt', short: 'o', type: 'map', help: 'Set driver specific options', default: 'map[]' },
    { name: 'subnet', type: 'list', help: 'Subnet in CIDR format that represents a network segment' },
  ],
  async run(call) {
    const { flags } = call;
    const answer = await call.api.json<{ Id: string; Warning?: string }>('POST', '/networks/create', {
      Name: argument(call, 0),
      Driver: flags.text('driver') || 'bridge',
      Scope: flags.text('scope'),
      Internal: flags.bool('internal'),
      Attachable: flags.bool('attachable'),
      EnableIPv6: flags.bool('ipv6'),
      IPAM: {
        Driver: flags.text('ipam-driver') || 'default',
        Options: pairs(flags.list('ipam-opt')),
        Config: ipamConfig(flags),
      },
      Options: pairs(flags.list('opt')),
      Labels: pairs(flags.list('label')),
    });
    if (answer.Warning) call.io.err(`WARNING: ${answer.Warning}\n`);
    call.io.out(`${answer.Id}\n`);
    return 0;
  },
};

export const networkRemove: Command = {
  names: ['network rm', 'network remove'],
  usage: 'NETWORK [NETWORK...]',
  help: 'Remove one or more networks',
  args: [1, Infinity],
  flags: [{ name: 'force', short: 'f', type: 'bool', help: 'Do not error if the network does not exist' }],
  async run(call) {
    const exitCode = await forEachName(call, call.args, async (name) => {
      const { status, text } = await call.api.call('DELETE', `/networks/${enc(name)}`);
      if (status === 404 && call.flags.bool('force')) return undefined;
      call.api.check(status, text);
      return name;
    });
    if (exitCode > 0) call.io.err(`exit status ${exitCode}\n`);
    return exitCode;
  },
};

export const networkConnect: Command = {
  names: ['network connect'],
  usage: '[OPTIONS] NETWORK CONTAINER',
  help: 'Connect a container to a network',
  args: [2, 2],
  flags: [
    { name: 'alias', type: 'list', help: 'Add network-scoped alias for the container' },
    { name: 'driver-opt', type: 'list', help: 'Driver options for the network' },
    newerFlag('gw-priority', 'int', '1.48'),
    { name: 'ip', type: 'string', help: 'IPv4 address (e.g., "172.30.100.104")' },
    { name: 'ip6', type: 'string', help: 'IPv6 address (e.g., "2001:db8::33")' },
    {
      name: 'link',
      type: 'list',
      help: 'Add link to another container',
      ...(checks['link'] && { check: checks['link'] }),
    },
    missingFlag('link-local-ip', 'list'),
  ],
  async run(call) {
    const { flags } = call;
    const [ip, ip6] = [flags.text('ip'), flags.text('ip6')];
    await call.api.send('POST', `/networks/${enc(argument(call, 0))}/connect`, {
      Container: argument(call, 1),
      EndpointConfig: {
        IPAMConfig: ip || ip6 ? { ...(ip && { IPv4Address: ip }), ...(ip6 && { IPv6Address: ip6 }) } : null,
        Aliases: flags.list('alias'),
        Links: flags.list('link'),
        DriverOpts: pairs(flags.list('driver-opt')),
      },
    });
    return 0;
  },
};

export const networkDisconnect: Command = {
  names: ['network disconnect'],
  usage: '[OPTIONS] NETWORK CONTAINER',
  help: 'Disconnect a container from a network',
  args: [2, 2],
  flags: [{ name: 'force', short: 'f', type: 'bool', help: 'Force the container to disconnect from a network' }],
  async run(call) {
    await call.api.send('POST', `/networks/${enc(argument(call, 0))}/disconnect`, {
      Container: argument(call, 1),
      Force: call.flags.bool('force'),
    });
    return 0;
  },
};

export const networkPrune: Command = {
  names: ['network prune'],
  usage: '[OPTIONS]',
  help: 'Remove all unused networks',
  args: [0, 0],
  flags: [
    { name: 'filter', type: 'filter', help: 'Only what meets these conditions' },
    { name: 'force', short: 'f', type: 'bool', help: 'Do not prompt for confirmation' },
  ],
  async run(call) {
    if (!(await confirmed(call, 'WARNING! This will remove all custom networks not used by at least one container.')))
      return 0;
    const { NetworksDeleted } = await call.api.json<{ NetworksDeleted: string[] | null }>(
      'POST',
      `/networks/prune${query({ filters: filterQuery(call.flags.list('filter')) })}`,
    );
    if (NetworksDeleted?.length) call.io.out(`Deleted Networks:\n${NetworksDeleted.join('\n')}\n\n`);
    return 0;
  },
};
