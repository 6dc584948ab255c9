// GET /system/df?type=: what takes how much room.
import { diskUsage, exists } from '../../../sys/index.ts';
import { sizes, summaryOf } from '../../container/summary.ts';
import { volumeUsers } from '../../container/remove.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { imageSummaries } from '../image/list.ts';
import { describeVolume } from '../volume/describe.ts';

const TYPES = ['container', 'image', 'volume', 'build-cache'];

export function df(daemon: Daemon, request: ApiRequest): Reply {
  const types = request.query.all('type');
  for (const type of types) if (!TYPES.includes(type)) throw invalidParameter(`unknown object type: ${type}`);
  const wants = (type: string): boolean => types.length === 0 || types.includes(type);
  let layersSize = 0;
  for (const layer of daemon.layers.all()) layersSize += layer.sizeBytes;
  return json({
    LayersSize: wants('image') ? layersSize : 0,
    Images: wants('image') ? imageSummaries(daemon, request) : null,
    Containers: wants('container')
      ? daemon.containers.all().map((container) => containerEntry(daemon, container.id))
      : null,
    Volumes: wants('volume') ? daemon.volumes.all().map((volume) => volumeEntry(daemon, volume.name)) : null,
    BuildCache: wants('build-cache') ? [] : null,
  });
}

function containerEntry(daemon: Daemon, id: string): object {
  const container = daemon.containers.require(id);
  const { rw, rootFs } = sizes(daemon, container);
  return {
    ...(JSON.parse(summaryOf(daemon, container, false)) as object),
    ...(rw > 0 && { SizeRw: rw }),
    SizeRootFs: rootFs,
  };
}

function volumeEntry(daemon: Daemon, name: string): object {
  const directory = daemon.volumes.dataDir(name);
  const size = exists(directory) ? diskUsage(directory).apparentBytes : 0;
  return {
    ...describeVolume(daemon, daemon.volumes.require(name)),
    UsageData: { RefCount: volumeUsers(daemon, name).length, Size: size },
  };
}
