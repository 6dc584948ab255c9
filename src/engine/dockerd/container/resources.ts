// Limits of HostConfig in the runtime specification's terms. Called by start and update.
import type { Resources, Throttle } from '../../runc/spec.ts';
import * as sys from '../../sys/index.ts';
import { systemError } from '../errors.ts';
import type { HostConfig, ThrottleDevice } from './types.ts';

const PERIOD_US = 100_000;

export function resourcesFor(host: HostConfig): Resources {
  return {
    memory: {
      ...(host.Memory > 0 && { limit: host.Memory }),
      ...(host.MemorySwap !== 0 && { swap: host.MemorySwap }),
      ...(host.MemoryReservation > 0 && { reservation: host.MemoryReservation }),
    },
    cpu: cpu(host),
    ...(host.PidsLimit !== null && { pids: { limit: host.PidsLimit } }),
    blockIO: {
      ...(host.BlkioWeight > 0 && { weight: host.BlkioWeight }),
      ...(host.BlkioWeightDevice.length > 0 && {
        weightDevice: host.BlkioWeightDevice.map(({ Path, Weight }) => ({ ...deviceNumber(Path), weight: Weight })),
      }),
      ...throttles('throttleReadBpsDevice', host.BlkioDeviceReadBps),
      ...throttles('throttleWriteBpsDevice', host.BlkioDeviceWriteBps),
      ...throttles('throttleReadIOPSDevice', host.BlkioDeviceReadIOps),
      ...throttles('throttleWriteIOPSDevice', host.BlkioDeviceWriteIOps),
    },
  };
}

/** --cpus 0.5 is 50 ms in every 100 ms. */
function cpu(host: HostConfig): NonNullable<Resources['cpu']> {
  const quota = host.NanoCpus > 0 ? Math.round((host.NanoCpus / 1e9) * PERIOD_US) : host.CpuQuota;
  const period = host.NanoCpus > 0 ? PERIOD_US : host.CpuPeriod;
  return {
    ...(host.CpuShares > 0 && { shares: host.CpuShares }),
    ...(quota !== 0 && { quota }),
    ...(period > 0 && { period }),
    ...(host.CpusetCpus !== '' && { cpus: host.CpusetCpus }),
    ...(host.CpusetMems !== '' && { mems: host.CpusetMems }),
  };
}

function throttles<K extends string>(key: K, devices: readonly ThrottleDevice[]): { [P in K]?: Throttle[] } {
  if (devices.length === 0) return {};
  const list = devices.map(({ Path, Rate }) => ({ ...deviceNumber(Path), rate: Rate }));
  return { [key]: list } as { [P in K]?: Throttle[] };
}

function deviceNumber(path: string): { major: number; minor: number } {
  const stat = sys.statIfExists(path);
  if (!stat) throw systemError(`stat ${path}: no such file or directory`);
  return sys.devParts(stat.rdev);
}
