// Control groups (cgroups(7), Documentation/admin-guide/cgroup-v2): made, removed, joined, limited, frozen, sampled.
import type { CgroupEvent, EventHead } from '../../protocol/events.ts';
import { drop, put } from '../collections.ts';
import { containerOfCgroup, type Cgroup, type CgroupUsage, type World } from '../world.ts';
import { refreshContainer, withProcess } from './process.ts';

type Event = EventHead & CgroupEvent;

/** Fold one event about control groups. A group first heard of through a write or a sample is taken in. */
export function reduceCgroup(world: World, event: Event): World {
  switch (event.kind) {
    case 'cgroup.mkdir':
      return withCgroup(world, { ...group(world, event.path, event.seq), id: event.id });
    case 'cgroup.rmdir':
      return { ...world, cgroups: drop(world.cgroups, event.path) };
    case 'cgroup.attach': {
      const process = world.processes.get(event.target);
      if (!process) return world;
      const left = containerOfCgroup(process.cgroup);
      const next = withProcess(world, { ...process, cgroup: event.path }, event.seq);
      return refreshContainer(next, left);
    }
    case 'cgroup.freeze': {
      const next = withCgroup(world, { ...group(world, event.path, event.seq), frozen: event.frozen });
      return refreshContainer(next, containerOfCgroup(event.path));
    }
    case 'cgroup.write': {
      const before = group(world, event.path, event.seq);
      const limits = { ...before.limits, [event.file]: event.value.trim() };
      return withCgroup(world, { ...before, limits });
    }
    case 'cgroup.sample': {
      const before = group(world, event.path, event.seq);
      return withCgroup(world, {
        ...before,
        limits: { ...before.limits, ...limitsOf(event.files) },
        usage: usageOf(before.usage, event),
      });
    }
    case 'oom.kill':
      return oomKill(world, event);
  }
}

/** The group goes with its last process; the container remembers. */
function oomKill(world: World, event: Event & { kind: 'oom.kill' }): World {
  const path = world.processes.get(event.target)?.cgroup;
  const before = path === undefined ? undefined : world.cgroups.get(path);
  if (path === undefined || !before) return world;
  const next = withCgroup(world, { ...before, oomKills: [...before.oomKills, event.seq] });
  const container = world.containers.get(containerOfCgroup(path) ?? '');
  if (!container) return next;
  const oom = { seq: event.seq, limit: before.limits['memory.max'] ?? 'max' };
  return { ...next, containers: put(next.containers, container.id, { ...container, oomKill: oom }) };
}

function group(world: World, path: string, seq: number): Cgroup {
  return world.cgroups.get(path) ?? { path, id: 0, frozen: false, limits: {}, usage: {}, oomKills: [], seq };
}

function withCgroup(world: World, cgroup: Cgroup): World {
  return { ...world, cgroups: put(world.cgroups, cgroup.path, cgroup) };
}

const limitFiles = ['memory.max', 'memory.swap.max', 'cpu.max', 'cpu.weight', 'pids.max', 'cpuset.cpus', 'io.max'];

function limitsOf(files: Readonly<Record<string, string>>): Record<string, string> {
  const limits: Record<string, string> = {};
  for (const file of limitFiles) if (files[file] !== undefined) limits[file] = files[file].trim();
  return limits;
}

/** One number of a flat keyed file such as cpu.stat: `usage_usec 1234`. */
function keyed(text: string | undefined, key: string): number | undefined {
  const found = text === undefined ? null : new RegExp(`(?:^|\\n)${key} (\\d+)`).exec(text);
  return found ? Number(found[1]) : undefined;
}

function whole(text: string | undefined): number | undefined {
  const value = text?.trim();
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

function usageOf(before: CgroupUsage, event: Event & { kind: 'cgroup.sample' }): CgroupUsage {
  const { files } = event;
  const cpuUsec = keyed(files['cpu.stat'], 'usage_usec');
  const readings = {
    memoryBytes: whole(files['memory.current']),
    memoryMaxBytes: whole(files['memory.max']),
    cpuUsec,
    throttledPeriods: keyed(files['cpu.stat'], 'nr_throttled'),
    throttledUsec: keyed(files['cpu.stat'], 'throttled_usec'),
    pids: whole(files['pids.current']),
    cpuShare: cpuShare(before, cpuUsec, event.timeNs),
  };
  const known = Object.fromEntries(Object.entries(readings).filter(([, value]) => value !== undefined));
  return { ...before, ...known, ...(cpuUsec === undefined ? {} : { sampledNs: event.timeNs }) };
}

function cpuShare(before: CgroupUsage, cpuUsec: number | undefined, timeNs: number): number | undefined {
  if (cpuUsec === undefined || before.cpuUsec === undefined || before.sampledNs === undefined) return undefined;
  const elapsedUsec = (timeNs - before.sampledNs) / 1000;
  return elapsedUsec > 0 ? Math.max(0, Math.min(1, (cpuUsec - before.cpuUsec) / elapsedUsec)) : undefined;
}
