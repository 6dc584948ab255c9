// What this kernel cannot limit, and what Docker says then: the limit is discarded with a warning, and `docker info` warns too.
// Called by create, update and GET /info. Documentation/admin-guide/cgroup-v2.rst
import * as sys from '../../sys/index.ts';
import type { HostConfig } from './types.ts';

export interface KernelSupport {
  /** memory.swap.max: the kernel was built with swap. */
  readonly swapLimit: boolean;
  /** io.bfq.weight or io.weight: it has a scheduler that weighs. */
  readonly blkioWeight: boolean;
}

let known: KernelSupport | undefined;

/** Read once: from a cgroup that has all controllers. */
export function kernelSupport(directory = '/sys/fs/cgroup/docker'): KernelSupport {
  known ??= {
    swapLimit: sys.exists(`${directory}/memory.swap.max`),
    blkioWeight: ['io.bfq.weight', 'io.weight'].some((file) => sys.exists(`${directory}/${file}`)),
  };
  return known;
}

/** Takes away what has no effect, so that inspect says so; the warnings for the client. */
export function discardUnsupported(host: HostConfig, support = kernelSupport()): string[] {
  const warnings: string[] = [];
  const noCgroup = 'or the cgroup is not mounted.';
  if (host.Memory > 0 && host.MemorySwap !== -1 && !support.swapLimit) {
    warnings.push(`Your kernel does not support swap limit capabilities ${noCgroup} Memory limited without swap.`);
    host.MemorySwap = -1;
  }
  if (host.MemorySwappiness !== null && host.MemorySwappiness !== -1) {
    warnings.push(
      `Your kernel does not support memory swappiness capabilities ${noCgroup} Memory swappiness discarded.`,
    );
    host.MemorySwappiness = null;
  }
  if (host.OomKillDisable) {
    warnings.push('Your kernel does not support OomKillDisable. OomKillDisable discarded.');
    host.OomKillDisable = null;
  }
  if (host.BlkioWeight > 0 && !support.blkioWeight) {
    warnings.push(`Your kernel does not support Block I/O weight ${noCgroup} Weight discarded.`);
    host.BlkioWeight = 0;
  }
  if (host.BlkioWeightDevice.length > 0 && !support.blkioWeight) {
    warnings.push(`Your kernel does not support Block I/O weight_device ${noCgroup} Weight-device discarded.`);
    host.BlkioWeightDevice = [];
  }
  return warnings;
}

/** The lines of `docker info`. */
export function infoWarnings({ swapLimit, blkioWeight } = kernelSupport()): string[] {
  return [
    ...(swapLimit ? [] : ['WARNING: No swap limit support']),
    ...(blkioWeight ? [] : ['WARNING: No blkio weight support', 'WARNING: No blkio weight_device support']),
  ];
}
