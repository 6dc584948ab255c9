// A volume as the API shows it.
import type { Volume } from '../../../volume/volumes.ts';
import type { Daemon } from '../../daemon.ts';

export function describeVolume(daemon: Daemon, volume: Volume): Record<string, unknown> {
  return {
    CreatedAt: volume.createdAt,
    Driver: 'local',
    Labels: volume.labels,
    Mountpoint: daemon.volumes.dataDir(volume.name),
    Name: volume.name,
    Options: volume.options,
    Scope: 'local',
  };
}
