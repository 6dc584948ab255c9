// A container's cgroup: the directory that counts and limits what its processes use. cgroups(7),
// Documentation/admin-guide/cgroup-v2.rst. runc makes and removes it; the shim reads and freezes it.
import * as sys from '../sys/index.ts';
import type { Resources } from './spec.ts';

export const CGROUP_ROOT = '/sys/fs/cgroup';
/** Controllers that containers get, as far as the kernel has them. */
const CONTROLLERS = ['cpuset', 'cpu', 'io', 'memory', 'pids'];

export const cgroupDirectory = (cgroupsPath: string): string => CGROUP_ROOT + cgroupsPath;

/**
 * Makes the parent directory (`/sys/fs/cgroup/docker`) and lets its children have the controllers: a controller must be
 * switched on in every `cgroup.subtree_control` from the root down to the parent. Called once, when containerd starts.
 */
export function prepareCgroupParent(cgroupsPath: string): void {
  const available = sys.readText(`${CGROUP_ROOT}/cgroup.controllers`).trim().split(' ');
  const enable = CONTROLLERS.filter((name) => available.includes(name))
    .map((name) => `+${name}`)
    .join(' ');
  let directory = CGROUP_ROOT;
  sys.writeControl(`${directory}/cgroup.subtree_control`, enable);
  for (const name of cgroupsPath.split('/').filter(Boolean)) {
    directory += `/${name}`;
    sys.mkdirAll(directory);
    sys.writeControl(`${directory}/cgroup.subtree_control`, enable);
  }
}

/** cgroup v1 shares (2 … 262144, 1024 is the default) to cpu.weight (1 … 10000, 100 is the default), as runc maps them. */
export function cpuWeight(shares: number): number {
  const clamped = Math.min(262144, Math.max(2, shares));
  return Math.floor(1 + ((clamped - 2) * 9999) / 262142);
}

/** cgroup v1 blkio weight (10 … 1000) to io.weight (1 … 10000), as runc maps them; 0 is "not set". */
export const ioWeight = (weight: number): string =>
  weight === 0 ? 'default' : String(1 + Math.floor(((weight - 10) * 9999) / 990));

/** Memory plus swap, as in cgroup v1, to memory.swap.max, which counts swap alone; undefined leaves it as it is. */
function swapMax({ limit = 0, swap = 0 }: NonNullable<Resources['memory']>): string | undefined {
  if (swap === 0) return limit === -1 ? 'max' : undefined;
  if (swap === -1) return 'max';
  if (limit <= 0) throw new Error('unable to set swap limit without memory limit');
  if (swap < limit) throw new Error('memory+swap limit should be >= memory limit');
  return String(swap - limit);
}

const limitText = (value: number): string => (value < 0 ? 'max' : String(value));

/** The control files to write, in this order: [name, contents]. `bfq`: the kernel weighs block I/O by BFQ, in cgroup v1's numbers. */
export function limitFiles(resources: Resources, bfq = true): [file: string, value: string][] {
  const files: [string, string][] = [];
  const { memory, cpu, pids, blockIO, unified } = resources;
  const swap = memory && swapMax(memory);
  if (swap !== undefined) files.push(['memory.swap.max', swap]);
  if (memory?.limit) files.push(['memory.max', limitText(memory.limit)]);
  if (memory?.reservation) files.push(['memory.low', limitText(memory.reservation)]);
  if (cpu?.shares) files.push(['cpu.weight', String(cpuWeight(cpu.shares))]);
  if (cpu?.quota || cpu?.period)
    files.push(['cpu.max', `${cpu.quota && cpu.quota > 0 ? cpu.quota : 'max'} ${cpu.period || 100_000}`]);
  if (cpu?.cpus) files.push(['cpuset.cpus', cpu.cpus]);
  if (cpu?.mems) files.push(['cpuset.mems', cpu.mems]);
  if (pids?.limit) files.push(['pids.max', limitText(pids.limit)]);
  const [weightFile, weightText] = bfq ? (['io.bfq.weight', String] as const) : (['io.weight', ioWeight] as const);
  if (blockIO?.weight) files.push([weightFile, weightText(blockIO.weight)]);
  for (const { major, minor, weight } of blockIO?.weightDevice ?? [])
    files.push([weightFile, `${major}:${minor} ${weightText(weight)}`]);
  const throttles = [
    ['rbps', blockIO?.throttleReadBpsDevice],
    ['wbps', blockIO?.throttleWriteBpsDevice],
    ['riops', blockIO?.throttleReadIOPSDevice],
    ['wiops', blockIO?.throttleWriteIOPSDevice],
  ] as const;
  for (const [key, devices] of throttles) {
    for (const { major, minor, rate } of devices ?? [])
      files.push(['io.max', `${major}:${minor} ${key}=${rate || 'max'}`]);
  }
  return [...files, ...Object.entries(unified ?? {})];
}

/** Files that an older or smaller kernel lacks; without them a container runs with less control, as with runc. */
const OPTIONAL = new Set(['memory.swap.max', 'io.weight']);

export function writeLimits(directory: string, resources: Resources): void {
  const { weight, weightDevice } = resources.blockIO ?? {};
  const bfq = (weight ?? weightDevice) !== undefined && sys.exists(`${directory}/io.bfq.weight`);
  for (const [file, value] of limitFiles(resources, bfq)) {
    try {
      sys.writeControl(`${directory}/${file}`, value);
    } catch (error) {
      if (OPTIONAL.has(file) && sys.isErrno(error, 'ENOENT', 'EACCES')) continue;
      throw error;
    }
  }
}

/** The parent that containerd has prepared. */
export const DEFAULT_PARENT = '/docker';

/** mkdir, then the limits: no process is in it yet, so none ever runs without them. */
export function createCgroup(cgroupsPath: string, resources: Resources): void {
  const parent = cgroupsPath.slice(0, cgroupsPath.lastIndexOf('/'));
  if (parent !== DEFAULT_PARENT) prepareCgroupParent(parent);
  const directory = cgroupDirectory(cgroupsPath);
  sys.mkdir(directory);
  writeLimits(directory, resources);
}

/** rmdir, also of the cgroups that the container made inside its own. False while processes are still in it. */
export function removeCgroup(cgroupsPath: string): boolean {
  return removeTree(cgroupDirectory(cgroupsPath));
}

function removeTree(directory: string): boolean {
  try {
    sys.rmdir(directory);
    return true;
  } catch (error) {
    if (sys.isErrno(error, 'ENOENT')) return true;
    if (!sys.isErrno(error, 'EBUSY', 'ENOTEMPTY')) throw error;
  }
  const children = sys.readdir(directory).filter((entry) => entry.type === sys.DT.DIR);
  if (children.length === 0) return false;
  for (const child of children) removeTree(`${directory}/${child.name}`);
  return sys.raw('rmdir', directory) >= 0;
}

/** SIGKILL to every process in the cgroup and below, in one write. */
export function killCgroup(cgroupsPath: string): void {
  try {
    sys.writeControl(`${cgroupDirectory(cgroupsPath)}/cgroup.kill`, '1');
  } catch (error) {
    if (!sys.isErrno(error, 'ENOENT', 'ENODEV')) throw error;
  }
}

/** Stops the processes where they are, without their knowing (no signal), or lets them go on. */
export function freezeCgroup(cgroupsPath: string, frozen: boolean): void {
  sys.writeControl(`${cgroupDirectory(cgroupsPath)}/cgroup.freeze`, frozen ? '1' : '0');
}

/** `frozen 1` in cgroup.events: all processes have stopped. */
export function isFrozen(cgroupsPath: string): boolean {
  return /^frozen 1$/m.test(sys.readText(`${cgroupDirectory(cgroupsPath)}/cgroup.events`));
}

/** The PIDs in it; none once it is removed. */
export function cgroupPids(cgroupsPath: string): number[] {
  const text = sys.readTextIfExists(`${cgroupDirectory(cgroupsPath)}/cgroup.procs`) ?? '';
  return text.split('\n').filter(Boolean).map(Number);
}

/** How many processes of the cgroup the kernel killed because memory.max was reached. */
export function oomKills(cgroupsPath: string): number {
  const text = sys.readTextIfExists(`${cgroupDirectory(cgroupsPath)}/memory.events`) ?? '';
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

const STATS_FILES = [
  'memory.current', 'memory.max', 'memory.stat', 'memory.events', 'memory.peak', 'cpu.stat', 'pids.current', 'pids.max', 'io.stat',
]; // prettier-ignore

/** What `docker stats` is made of, unparsed. */
export function readStats(cgroupsPath: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of STATS_FILES) {
    const text = sys.readTextIfExists(`${cgroupDirectory(cgroupsPath)}/${name}`);
    if (text !== undefined) files[name] = text;
  }
  return files;
}
