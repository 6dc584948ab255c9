// POST /containers/{id}/update: limits of a running container, and its restart policy.
import { eventAttributes, isRunning } from '../../container/container.ts';
import { fill } from '../../container/defaults.ts';
import { discardUnsupported } from '../../container/kernel-support.ts';
import { resourcesFor } from '../../container/resources.ts';
import { checkResources, checkRestartPolicy } from '../../container/validate.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict, type ApiError } from '../../errors.ts';
import { bodyOf, json, param, type ApiRequest, type Reply } from '../../request.ts';

/** What an update may change; the client sends zeros for what it leaves alone. */
const FIELDS = [
  'CpuShares',
  'Memory',
  'NanoCpus',
  'BlkioWeight',
  'CpuPeriod',
  'CpuQuota',
  'CpusetCpus',
  'CpusetMems',
  'MemoryReservation',
  'MemorySwap',
  'PidsLimit',
] as const;

export async function update(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  const given = await bodyOf(request);
  const cannot = (why: string): ApiError => conflict(`Cannot update container ${container.id}: ${why}`);
  const warnings = await container.lock.run(async () => {
    const host = structuredCopy(container.hostConfig);
    const wanted: Record<string, unknown> = {};
    for (const field of FIELDS) if (given[field]) wanted[field] = given[field];
    fill(host, wanted, 'UpdateConfig');
    const policy = given['RestartPolicy'] as { Name?: string; MaximumRetryCount?: number } | undefined;
    if (policy?.Name) {
      host.RestartPolicy = { Name: policy.Name, MaximumRetryCount: policy.MaximumRetryCount ?? 0 };
      checkRestartPolicy(host.RestartPolicy);
      if (host.AutoRemove && policy.Name !== 'no')
        throw cannot('Restart policy cannot be updated because AutoRemove is enabled for the container');
    }
    if (host.NanoCpus > 0 && wanted['NanoCpus']) Object.assign(host, { CpuPeriod: 0, CpuQuota: 0 });
    if (host.Memory > host.MemorySwap && host.MemorySwap > 0 && !wanted['MemorySwap']) {
      throw cannot(
        'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
      );
    }
    checkResources(host);
    const discarded = discardUnsupported(host);
    if (isRunning(container))
      await daemon.containerd.call('update', { id: container.id, resources: resourcesFor(host) });
    container.hostConfig = host;
    daemon.containers.saveHostConfig(container);
    container.summary = undefined;
    daemon.events.emit('container', 'update', container.id, eventAttributes(container));
    return discarded;
  });
  return json({ Warnings: warnings });
}

function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
