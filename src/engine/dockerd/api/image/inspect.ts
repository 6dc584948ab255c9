// GET /images/{name}/json
import type { Daemon } from '../../daemon.ts';
import { defaultConfig, fill } from '../../container/defaults.ts';
import { virtualSize } from './list.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';
import { rfc3339Nano, ZERO_TIME } from '../../time.ts';

export function inspect(daemon: Daemon, request: ApiRequest): Reply {
  const image = daemon.images.require(param(request));
  const { config } = image;
  const { tags, digests } = daemon.images.names(image.id);
  const layers = image.chainIds.map((id) => daemon.layers.get(id)).filter((layer) => layer !== undefined);
  const dirs = layers.map((layer) => daemon.layers.diffDir(layer)).reverse();
  const [top, ...lower] = dirs;
  const base = top?.replace(/\/diff$/, '') ?? '';
  return json({
    Id: image.id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: image.parent ?? '',
    Comment: config.comment ?? config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? ZERO_TIME,
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: fill(defaultConfig(), config.config ?? {}, 'Config'),
    Architecture: config.architecture,
    ...(config.variant && { Variant: config.variant }),
    Os: config.os,
    Size: image.sizeBytes,
    ...virtualSize(request, image),
    GraphDriver: {
      Data:
        top === undefined
          ? null
          : {
              ...(lower.length > 0 && { LowerDir: lower.join(':') }),
              MergedDir: `${base}/merged`,
              UpperDir: top,
              WorkDir: `${base}/work`,
            },
      Name: 'overlay2',
    },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: {
      LastTagTime: image.lastTagged === 0 ? ZERO_TIME : rfc3339Nano({ seconds: image.lastTagged, nanos: 0 }),
    },
  });
}
