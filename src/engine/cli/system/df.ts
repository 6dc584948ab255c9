// docker system df: GET /system/df, summed up by kind or, with -v, one table a kind.
import { CommandError, type Command } from '../command.ts';
import { containerFields, rowOfContainer } from '../container/list.ts';
import type { ContainerSummary } from '../container/types.ts';
import { formatList, type Row } from '../format/list.ts';
import { ago, humanSize, shortId } from '../format/units.ts';
import { imageFields, rowsOfImage, type ImageSummary } from '../image/manage.ts';

interface VolumeUsage {
  readonly Name: string;
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

interface CacheRecord {
  readonly ID: string;
  readonly Type: string;
  readonly Size: number;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly CreatedAt: string;
  readonly LastUsedAt?: string | null;
  readonly UsageCount: number;
}

interface DiskUsage {
  readonly LayersSize: number;
  readonly Images: readonly ImageSummary[];
  readonly Containers: readonly ContainerSummary[];
  readonly Volumes: readonly VolumeUsage[];
  readonly BuildCache: readonly CacheRecord[];
}

const type = 'formatter.diskUsageImagesContext';
const fields = { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' };

export const diskUsage: Command = {
  names: ['system df'],
  usage: '[OPTIONS]',
  help: 'Show docker disk usage',
  args: [0, 0],
  flags: [
    { name: 'format', type: 'string', help: "Format: 'table', 'table TEMPLATE', 'json' or a Go template" },
    { name: 'verbose', short: 'v', type: 'bool', help: 'Show detailed information on space usage' },
  ],
  async run({ api, flags, io }) {
    const answer = await api.json<{ [K in keyof DiskUsage]: DiskUsage[K] | null }>('GET', '/system/df');
    const { Images, Containers, Volumes, BuildCache, LayersSize } = answer;
    const usage: DiskUsage = {
      LayersSize: LayersSize ?? 0,
      Images: Images ?? [],
      Containers: Containers ?? [],
      Volumes: Volumes ?? [],
      BuildCache: BuildCache ?? [],
    };
    const format = flags.text('format');
    if (!flags.bool('verbose')) io.out(formatList(rowsOf(usage), { format, fields, shown: Object.keys(fields), type }));
    else if (format === '') io.out(details(usage));
    else throw new CommandError('--format with --verbose is not implemented in Drydock');
    return 0;
  },
};

const sum = <T>(list: readonly T[], size: (item: T) => number): number =>
  list.reduce((total, item) => total + size(item), 0);

/** One row a kind of object. What could be freed is what nothing uses. */
function rowsOf({ LayersSize, Images, Containers, Volumes, BuildCache }: DiskUsage): Row[] {
  const row = (Type: string, total: number, active: number, size: number, free: number): Row => ({
    Type,
    TotalCount: String(total),
    Active: String(active),
    Size: humanSize(size, 4),
    Reclaimable: size > 0 ? `${humanSize(free, 4)} (${Math.floor((free / size) * 100)}%)` : humanSize(free, 4),
  });
  const used = Images.filter((image) => image.Containers > 0);
  const stopped = Containers.filter(({ State }) => State !== 'running' && State !== 'paused');
  const unused = Volumes.filter((volume) => !volume.UsageData?.RefCount);
  const idle = BuildCache.filter((record) => !record.InUse);
  const [rw, volumeSize] = [
    (container: ContainerSummary): number => container.SizeRw ?? 0,
    (volume: VolumeUsage): number => volume.UsageData?.Size ?? 0,
  ];
  // What images share counts for none of them, as with the real client.
  const own = (image: ImageSummary): number => (image.SharedSize < 0 ? 0 : image.Size - image.SharedSize);
  const freeImages = LayersSize - sum(used, own);
  const size = (record: CacheRecord): number => record.Size;
  return [
    row('Images', Images.length, used.length, LayersSize, freeImages),
    row('Containers', Containers.length, Containers.length - stopped.length, sum(Containers, rw), sum(stopped, rw)),
    row(
      'Local Volumes',
      Volumes.length,
      Volumes.length - unused.length,
      sum(Volumes, volumeSize),
      sum(unused, volumeSize),
    ),
    row('Build Cache', BuildCache.length, BuildCache.length - idle.length, sum(BuildCache, size), sum(idle, size)),
  ];
}

/** `docker system df -v`. */
function details({ Images, Containers, Volumes, BuildCache }: DiskUsage): string {
  const list = (rows: readonly Row[], heads: Readonly<Record<string, string>>, shown: readonly string[]): string =>
    formatList(rows, { format: '', fields: heads, shown, type });
  const images = Images.flatMap((image) =>
    rowsOfImage(image, { short: true, digests: false }).map((row) => ({
      ...row,
      UniqueSize: humanSize(image.Size - Math.max(0, image.SharedSize), 4),
    })),
  );
  const imageColumns = ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size', 'SharedSize', 'UniqueSize', 'Containers'];
  const containers = Containers.map((container) => ({
    ...rowOfContainer(container, true),
    Size: humanSize(container.SizeRw ?? 0),
  }));
  const containerColumns = ['ID', 'Image', 'Command', 'LocalVolumes', 'Size', 'RunningFor', 'Status', 'Names'];
  const volumes = Volumes.map(({ Name, UsageData }) => ({
    Name,
    Links: String(UsageData?.RefCount ?? 0),
    Size: humanSize(UsageData?.Size ?? 0),
  }));
  const cache = BuildCache.map((record) => ({
    ID: shortId(record.ID),
    CacheType: record.Type,
    Size: humanSize(record.Size, 4),
    CreatedSince: ago(Date.parse(record.CreatedAt) / 1000, Date.now()),
    LastUsedSince: record.LastUsedAt ? ago(Date.parse(record.LastUsedAt) / 1000, Date.now()) : '',
    UsageCount: String(record.UsageCount),
    Shared: String(record.Shared),
  }));
  const cacheHeads = {
    ID: 'CACHE ID',
    CacheType: 'CACHE TYPE',
    Size: 'SIZE',
    CreatedSince: 'CREATED',
    LastUsedSince: 'LAST USED',
    UsageCount: 'USAGE',
    Shared: 'SHARED',
  };
  const volumeHeads = { Name: 'VOLUME NAME', Links: 'LINKS', Size: 'SIZE' };
  return [
    `Images space usage:\n\n${list(images, imageFields, imageColumns)}`,
    `Containers space usage:\n\n${list(containers, containerFields, containerColumns)}`,
    `Local Volumes space usage:\n\n${list(volumes, volumeHeads, Object.keys(volumeHeads))}`,
    `Build cache usage: ${humanSize(sum(BuildCache, (record) => record.Size))}\n\n${list(cache, cacheHeads, Object.keys(cacheHeads))}`,
  ].join('\n');
}
