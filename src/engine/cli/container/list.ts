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
    const size = flags.bool('size') || /\.Size|json \.\s*}}/.test(flags.text('format'));
    const path = `/containers/json${query({ all: flags.bool('all') || limit !== undefined, limit, size, filters: filterQuery(flags.list('filter')) })}`;
    const list = await api.json<ContainerSummary[]>('GET', path);
    const format = flags.text('format');
    const quiet = flags.bool('quiet') ? 'ID' : undefined;
    const shown = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names', ...(size ? ['Size'] : [])];
    // The table is asked for all the time: nothing is made for it that it does not show.
    const wanted = quiet !== undefined ? [quiet] : format === '' || format === 'table' ? shown : undefined;
    const short = !flags.bool('no-trunc');
    const rows = list.map((container) => rowOfContainer(container, short, wanted));
    io.out(
      formatList(rows, {
        format,
        quiet,
        fields: containerFields,
        shown,
        type: 'formatter.ContainerContext',
        isTriedFirst: true,
      }),
    );
    return 0;
  },
};

const cells: Readonly<Record<string, (container: ContainerSummary, short: boolean) => string | null>> = {
  ID: ({ Id }, short) => (short ? shortId(Id) : Id),
  Image: ({ Image }, short) => (short && Image.startsWith('sha256:') ? shortId(Image) : Image || '<no image>'),
  Command: ({ Command }, short) => {
    const command = short && Command.length > 20 ? `${Command.slice(0, 19)}…` : Command;
    return `"${command.includes('"') ? command.replace(/"/g, '\\"') : command}"`;
  },
  CreatedAt: ({ Created }) => dateTime(Created),
  RunningFor: ({ Created }) => ago(Created, Date.now()),
  Status: ({ Status }) => Status,
  State: ({ State }) => State,
  Ports: ({ Ports }) => (Ports.length === 0 ? '' : formatPorts(Ports)),
  Names: ({ Names }, short) => {
    const names = Names.map((name) => (name.startsWith('/') ? name.slice(1) : name));
    return (short && names.length > 1 ? names.filter((name) => !name.includes('/')) : names).join(',');
  },
  Labels: ({ Labels }) => labelsText(Labels),
  Mounts: ({ Mounts }, short) =>
    (Mounts ?? [])
      .map((mount) => mount.Name ?? mount.Source)
      .map((name) => (short && name.length > 15 ? `${name.slice(0, 14)}…` : name))
      .join(','),
  LocalVolumes: ({ Mounts }) => String((Mounts ?? []).filter((mount) => mount.Type === 'volume').length),
  Networks: ({ NetworkSettings }) =>
    Object.keys(NetworkSettings?.Networks ?? {})
      .sort()
      .join(','),
  Platform: () => null,
  Size: ({ SizeRw, SizeRootFs }) =>
    `${humanSize(SizeRw ?? 0)}${SizeRootFs ? ` (virtual ${humanSize(SizeRootFs)})` : ''}`,
};
const cellNames = Object.keys(cells);

/** One row of `docker ps`, ids and names cut short or whole; with `wanted` only these fields of it. */
export function rowOfContainer(
  container: ContainerSummary,
  short: boolean,
  wanted: readonly string[] = cellNames,
): Row {
  const row: Record<string, string | null> = {};
  for (const name of wanted) row[name] = cells[name]?.(container, short) ?? null;
  return wanted === cellNames ? withLabels(row, container.Labels) : row;
}
