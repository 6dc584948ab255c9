// docker volume: ls, create, rm, prune (inspect is in container/look.ts).
import { filterQuery, forEachName, query, type Command } from '../command.ts';
import { confirmed } from '../container/lifecycle.ts';
import { pairs } from '../container/options.ts';
import { missingFlag } from '../flags.ts';
import { formatList, labelsText, withLabels } from '../format/list.ts';
import { humanSize, natural } from '../format/units.ts';

const enc = encodeURIComponent;

interface Volume {
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Mountpoint: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export const volumeList: Command = {
  names: ['volume ls', 'volume list'],
  usage: '[OPTIONS]',
  help: 'List volumes',
  args: [0, 0],
  flags: [
    { name: 'filter', short: 'f', type: 'filter', help: 'Only what meets these conditions' },
    { name: 'format', type: 'string', help: "Format: 'table', 'table TEMPLATE', 'json' or a Go template" },
    { name: 'cluster', type: 'bool', help: 'Display only cluster volumes, and use cluster volume list formatting' },
    { name: 'quiet', short: 'q', type: 'bool', help: 'Only display volume names' },
  ],
  async run({ api, flags, io }) {
    if (flags.bool('cluster')) {
      // There are none: this node is no swarm's.
      if (!flags.bool('quiet')) io.out('VOLUME NAME   GROUP     DRIVER    AVAILABILITY   STATUS\n');
      return 0;
    }
    const { Volumes } = await api.json<{ Volumes: Volume[] | null }>(
      'GET',
      `/volumes${query({ filters: filterQuery(flags.list('filter')) })}`,
    );
    const rows = [...(Volumes ?? [])]
      .sort((a, b) => natural(a.Name, b.Name))
      .map((volume) =>
        withLabels(
          {
            Driver: volume.Driver,
            Name: volume.Name,
            Scope: volume.Scope,
            Mountpoint: volume.Mountpoint,
            Labels: labelsText(volume.Labels),
            Links: 'N/A',
            Size: 'N/A',
            // Of cluster volumes, which belong to swarm.
            Availability: 'N/A',
            Group: 'N/A',
            Status: 'N/A',
          },
          volume.Labels,
        ),
      );
    const fields = {
      Driver: 'DRIVER',
      Name: 'VOLUME NAME',
      Scope: 'SCOPE',
      Mountpoint: 'MOUNTPOINT',
      Labels: 'LABELS',
      Links: 'LINKS',
      Size: 'SIZE',
      Availability: 'AVAILABILITY',
      Group: 'GROUP',
      Status: 'STATUS',
    };
    io.out(
      formatList(rows, {
        format: flags.text('format'),
        quiet: flags.bool('quiet') ? 'Name' : undefined,
        fields,
        shown: ['Driver', 'Name'],
        type: 'formatter.volumeContext',
      }),
    );
    return 0;
  },
};

/** Of cluster volumes, which belong to swarm. */
const clusterFlags = [
  'availability',
  'group',
  'limit-bytes',
  'required-bytes',
  'scope',
  'secret',
  'sharing',
  'topology-preferred',
  'topology-required',
  'type',
];

export const volumeCreate: Command = {
  names: ['volume create'],
  usage: '[OPTIONS] [VOLUME]',
  help: 'Create a volume',
  args: [0, 1],
  flags: [
    { name: 'driver', short: 'd', type: 'string', help: 'Specify volume driver name', default: '"local"' },
    { name: 'label', type: 'list', help: 'Set metadata for a volume' },
    { name: 'name', type: 'string', help: 'Specify volume name', hidden: true },
    { name: 'opt', short: 'o', type: 'map', help: 'Set driver specific options', default: 'map[]' },
    ...clusterFlags.map((name) => missingFlag(name, 'list')),
  ],
  async run({ api, flags, args, io }) {
    const volume = await api.json<Volume>('POST', '/volumes/create', {
      Name: args[0] ?? flags.text('name'),
      Driver: flags.text('driver') || 'local',
      DriverOpts: pairs(flags.list('opt')),
      Labels: pairs(flags.list('label')),
    });
    io.out(`${volume.Name}\n`);
    return 0;
  },
};

export const volumeRemove: Command = {
  names: ['volume rm', 'volume remove'],
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  help: 'Remove one or more volumes',
  args: [1, Infinity],
  flags: [{ name: 'force', short: 'f', type: 'bool', help: 'Force the removal of one or more volumes' }],
  run: (call) =>
    forEachName(call, call.args, async (name) => {
      await call.api.send('DELETE', `/volumes/${enc(name)}${query({ force: call.flags.bool('force') })}`);
      return name;
    }),
};

export const volumePrune: Command = {
  names: ['volume prune'],
  usage: '[OPTIONS]',
  help: 'Remove unused local volumes',
  args: [0, 0],
  flags: [
    { name: 'all', short: 'a', type: 'bool', help: 'Remove all unused volumes, not just anonymous ones' },
    { name: 'filter', type: 'filter', help: 'Only what meets these conditions' },
    { name: 'force', short: 'f', type: 'bool', help: 'Do not prompt for confirmation' },
  ],
  async run(call) {
    const all = call.flags.bool('all');
    const warning = all
      ? 'WARNING! This will remove all local volumes not used by at least one container.'
      : 'WARNING! This will remove anonymous local volumes not used by at least one container.';
    if (!(await confirmed(call, warning))) return 0;
    const filters = [...call.flags.list('filter'), ...(all ? ['all=true'] : [])];
    const { VolumesDeleted, SpaceReclaimed } = await call.api.json<{
      VolumesDeleted: string[] | null;
      SpaceReclaimed: number;
    }>('POST', `/volumes/prune${query({ filters: filterQuery(filters) })}`);
    if (VolumesDeleted?.length) call.io.out(`Deleted Volumes:\n${VolumesDeleted.join('\n')}\n\n`);
    call.io.out(`Total reclaimed space: ${humanSize(SpaceReclaimed)}\n`);
    return 0;
  },
};
