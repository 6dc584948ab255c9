// GET /volumes?filters=
import { volumeUsers } from '../../container/remove.ts';
import type { Daemon } from '../../daemon.ts';
import { Filters } from '../../filters.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { describeVolume } from './describe.ts';

export function list(daemon: Daemon, request: ApiRequest): Reply {
  const filters = Filters.parse(request.query.get('filters'), ['dangling', 'driver', 'label', 'label!', 'name']);
  const volumes = daemon.volumes
    .all()
    .filter(
      (volume) =>
        filters.match('name', volume.name) &&
        filters.exact('driver', 'local') &&
        filters.labels(volume.labels) &&
        (!filters.has('dangling') ||
          filters.bool('dangling', true) === (volumeUsers(daemon, volume.name).length === 0)),
    );
  return json({ Volumes: volumes.map((volume) => describeVolume(daemon, volume)), Warnings: null });
}
