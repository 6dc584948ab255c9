// docker ps: GET /containers/json.
import { filterQuery, query, type Command } from '../command.ts';
import { formatList, labelsText, listFlags, withLabels, type Row } from '../format/list.ts';
import { ago, dateTime, humanSize, shortId } from '../format/units.ts';
import { formatPorts, type ContainerSummary } from './types.ts';

export const containerFields = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Status: 'STATUS',
  State: 'STATE',
  Ports: 'PORTS',
  Names: 'NAMES',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
  Size: 'SIZE',
};

export const containerList: Command = {
  names: ['ps', 'container ls', 'container list', 'container ps'],
  usage: '[OPTIONS]',
  help: 'List containers',
  args: [0, 0],
  flags: [
    ...listFlags,
    { name: 'all', short: 'a', type: 'bool', help: 'Show all containers (default shows just running)' },
    {
      name: 'last',
      short: 'n',
      type: 'int',
      help: 'Show n last created containers (includes all states)',
      default: '-1',
    },
    { name: 'latest', short: 'l', type: 'bool', help: 'Show the latest created container (includes all states)' },
    { name: 'size', short: 's', type: 'bool', help: 'Display total file sizes' },
  ],
  async run({ api, flags, io }) {
    const limit = flags.bool('latest') ? 1 : flags.number('last') > 0 ? flags.number('last') : undefined;
    const size = flags.bool('size') || flags.text('format').includes('.Size');
    const path = `/containers/json${query({ all: flags.bool('all') || limit !== undefined, limit, size, filters: filterQuery(flags.list('filter')) })}`;
    const list = await api.json<ContainerSummary[]>('GET', path);
    const rows = list.map((container) => rowOfContainer(container, !flags.bool('no-trunc')));
    const shown = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names', ...(size ? ['Size'] : [])];
    io.out(
      formatList(rows, {
        format: flags.text('format'),
        quiet: flags.bool('quiet') ? 'ID' : undefined,
        fields: containerFields,
        shown,
      }),
    );
    return 0;
  },
};

/** One row of `docker ps`, ids and names cut short or whole. */
export function rowOfContainer(container: ContainerSummary, short: boolean): Row {
  const command = short && container.Command.length > 20 ? `${container.Command.slice(0, 19)}…` : container.Command;
  const names = container.Names.map((name) => name.replace(/^\//, '')).filter((name) => !short || !name.includes('/'));
  const mounts = (container.Mounts ?? []).map((mount) => mount.Name ?? mount.Source);
  const image = container.Image || '<no image>';
  const row = {
    ID: short ? shortId(container.Id) : container.Id,
    Image: short && image.startsWith('sha256:') ? shortId(image) : image,
    Command: `"${command.replace(/"/g, '\\"')}"`,
    CreatedAt: dateTime(container.Created),
    RunningFor: ago(container.Created, Date.now()),
    Status: container.Status,
    State: container.State,
    Ports: formatPorts(container.Ports),
    Names: names.join(','),
    Labels: labelsText(container.Labels),
    Mounts: (short ? mounts.map((name) => (name.length > 15 ? `${name.slice(0, 14)}…` : name)) : mounts).join(','),
    LocalVolumes: String((container.Mounts ?? []).filter((mount) => mount.Type === 'volume').length),
    Networks: Object.keys(container.NetworkSettings?.Networks ?? {})
      .sort()
      .join(','),
    Platform: null,
    Size: `${humanSize(container.SizeRw ?? 0)}${container.SizeRootFs ? ` (virtual ${humanSize(container.SizeRootFs)})` : ''}`,
  };
  return withLabels(row, container.Labels);
}
