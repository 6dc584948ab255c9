// Cgroups: the tree below /sys/fs/cgroup, each group with what it uses against what it may (cgroups(7)).
import type { Cgroup, Container, World } from '../../sim/world.ts';
import { containerOfCgroup } from '../../sim/world.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';

const ROW = 104;
const INDENT = 24;
const MARGIN = 20;
const HEAD = 28;

/** Each group behind its parent, the eldest of a parent first. */
export function tree(world: World): Cgroup[] {
  /** How a group came to be: when its ancestors were made, and when it was itself. */
  const lineage = ({ path }: Cgroup): number[] => {
    const made: number[] = [];
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
      made.unshift(world.cgroups.get(path.slice(0, end))?.seq ?? 0);
    return made;
  };
  return [...world.cgroups.values()]
    .filter((group) => group.path !== '/')
    .map((group) => ({ group, made: lineage(group) }))
    .sort((a, b) => {
      const fork = a.made.findIndex((seq, i) => seq !== b.made[i]);
      if (fork < 0) return a.made.length - b.made.length || (a.group.path < b.group.path ? -1 : 1);
      return (a.made[fork] ?? 0) - (b.made[fork] ?? -1);
    })
    .map(({ group }) => group);
}

const depth = (path: string): number => path.split('/').length - 2;

/** The picture of the control group tree. */
export function layout(world: World, width: number, height: number): Picture {
  const groups = tree(world);
  const killed = killedContainers(world);
  if (groups.length === 0 && killed.length === 0)
    return emptyPicture(
      'No control group has been made yet. Give one container a limit:',
      'docker run -d --name limited -m 32m --pids-limit 20 busybox sleep 1000',
      width,
      height,
    );
  const figures: Figure[] = [];
  let y = MARGIN;
  for (const group of groups) {
    const { figures: row, height: rowHeight } = rowOf(world, group, y, width);
    figures.push(...row);
    y += rowHeight + 12;
  }
  for (const container of killed) {
    figures.push(ghost(container, y, width));
    y += HEAD + 16;
  }
  const bottom = Math.max(height - 44, y + 4);
  figures.push({
    key: 'ground',
    sign: 'ground',
    x: MARGIN,
    y: bottom,
    w: width - 2 * MARGIN,
    h: 20,
    title: 'a hard edge is a limit; a bar without one may grow to all that the VM has',
  });
  return { figures, height: bottom + 44 };
}

/** Containers that the kernel ended at their memory limit: their group is gone with them, what happened is not. */
function killedContainers(world: World): Container[] {
  return [...world.containers.values()].filter((each) => each.oomKill && !world.cgroups.has(each.cgroup));
}

function ghost(container: Container, y: number, width: number): Figure {
  const limit = numeric(container.oomKill?.limit);
  const words = `killed: out of memory${limit === undefined ? '' : ` at its limit of ${mebibytes(limit)}`}`;
  return {
    key: `cgroup:${container.cgroup}`,
    sign: 'room',
    x: MARGIN + INDENT,
    y,
    w: width - 2 * MARGIN - INDENT,
    h: HEAD + 4,
    title: container.name,
    detail: `${words}${container.exitCode === undefined ? '' : ` · exit ${container.exitCode}`}`,
    look: 'group exited alarm',
    opens: container.oomKill?.seq ?? container.seq,
    says: `${container.name}: ${words}`,
    hue: container.hue,
  };
}

function rowOf(world: World, group: Cgroup, y: number, width: number): { figures: Figure[]; height: number } {
  const x = MARGIN + depth(group.path) * INDENT;
  const w = width - x - MARGIN;
  const id = containerOfCgroup(group.path);
  const container = id === undefined ? undefined : world.containers.get(id);
  const processes = [...world.processes.values()].filter((process) => process.cgroup === group.path).length;
  const measured = Object.keys(group.usage).length > 0 || Object.keys(group.limits).length > 0;
  const h = measured ? ROW : HEAD + 4;
  const oom = group.oomKills.at(-1);
  const state = group.frozen ? 'paused' : oom === undefined ? '' : 'alarm';
  const name = container ? container.name : (group.path.split('/').at(-1) ?? group.path);
  const words = [
    processes > 0 ? `${processes} process${processes === 1 ? '' : 'es'}` : 'no process',
    ...(group.frozen ? ['frozen'] : []),
    ...(oom === undefined ? [] : [`${group.oomKills.length} killed: out of memory`]),
  ];
  const figures: Figure[] = [
    {
      key: `cgroup:${group.path}`,
      sign: 'room',
      x,
      y,
      w,
      h,
      title: name,
      detail: words.join(' · '),
      look: `group ${state}`,
      opens: oom ?? group.seq,
      says: `Control group ${group.path}, ${words.join(', ')}`,
      ...(container ? { hue: container.hue } : {}),
    },
  ];
  if (!measured) return { figures, height: h };
  const third = (w - 24 - 2 * 28) / 3;
  gauges(group).forEach(({ used, limit, files, waiting, ...gauge }, i) => {
    const whole = against(used, limit);
    const fits = ((gauge.title ?? '').length + whole.length + 1) * ADVANCE <= third;
    figures.push({
      ...gauge,
      key: `${gauge.key}:${group.path}`,
      detail: fits ? whole : used,
      note: waiting ?? (fits ? files : `limit ${limit}`),
      x: x + 12 + i * (third + 28),
      y: y + 32,
      w: third,
      ...(container ? { hue: container.hue } : {}),
    });
  });
  return { figures, height: h };
}

/** `limit` stands behind `used` where there is room, else below. */
interface Gauge extends Omit<Figure, 'x' | 'y' | 'w' | 'detail' | 'note'> {
  readonly used: string;
  readonly limit: string | undefined;
  /** Where the readings are from. */
  readonly files: string;
  /** How often and how long the group was made to wait, if it was. */
  readonly waiting?: string | undefined;
}

/** Width of a character of a gauge's words, and of the gap between them. */
const ADVANCE = 7.3;

function gauges(group: Cgroup): Gauge[] {
  const { usage, limits } = group;
  const memoryMax = numeric(limits['memory.max']);
  const pidsMax = numeric(limits['pids.max']);
  const cpuMax = cpuLimit(limits['cpu.max']);
  const throttled = usage.throttledPeriods ?? 0;
  const full = memoryMax !== undefined && (usage.memoryBytes ?? 0) > memoryMax * 0.95;
  return [
    {
      key: 'memory',
      sign: 'gauge',
      h: 34,
      title: 'memory',
      files: memoryMax === undefined ? 'memory.current' : 'memory.current / .max',
      used: mebibytes(usage.memoryBytes),
      limit: memoryMax === undefined ? undefined : mebibytes(memoryMax),
      share: share(usage.memoryBytes, memoryMax ?? 256 * 2 ** 20),
      limited: memoryMax !== undefined,
      look: full ? 'alarm' : '',
    },
    {
      key: 'cpu',
      sign: 'gauge',
      h: 34,
      title: 'cpu',
      used: percent(usage.cpuShare),
      limit: cpuMax === undefined ? undefined : percent(cpuMax),
      files: cpuMax === undefined ? 'cpu.stat' : 'cpu.stat / cpu.max',
      waiting: throttled > 0 ? `throttled ${throttled}×, ${waited(usage.throttledUsec)}` : undefined,
      share: share(usage.cpuShare, cpuMax ?? 1),
      limited: cpuMax !== undefined,
      look: throttled > 0 ? ((usage.cpuShare ?? 0) >= (cpuMax ?? 1) * 0.8 ? 'warm full' : 'warm') : '',
    },
    {
      key: 'pids',
      sign: 'gauge',
      h: 34,
      title: 'pids',
      files: pidsMax === undefined ? 'pids.current' : 'pids.current / .max',
      used: usage.pids === undefined ? '–' : String(usage.pids),
      limit: pidsMax === undefined ? undefined : String(pidsMax),
      share: share(usage.pids, pidsMax ?? 100),
      limited: pidsMax !== undefined,
      look: pidsMax !== undefined && (usage.pids ?? 0) >= pidsMax ? 'alarm' : '',
    },
  ];
}

const against = (used: string, limit: string | undefined): string =>
  limit === undefined ? used : `${used} of ${limit}`;
const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined
    ? '–'
    : bytes < 2 ** 20
      ? `${Math.round(bytes / 1024)} KiB`
      : `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
/** For how long the group had to wait, all periods together. */
const waited = (usec: number | undefined): string =>
  usec === undefined ? '' : usec < 1e6 ? `${Math.round(usec / 1000)} ms` : `${(usec / 1e6).toFixed(1)} s`;
const percent = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(value * 100)} %`);
const share = (used: number | undefined, of: number): number =>
  used === undefined || of <= 0 ? 0 : Math.max(0, Math.min(1, used / of));

function numeric(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `50000 100000` is half a CPU; `max 100000` is no limit. */
function cpuLimit(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').split(' ');
  return quota !== undefined && /^\d+$/.test(quota) ? Number(quota) / Number(period ?? 100000) : undefined;
}

/** A line a group: path, processes, memory, CPU and PIDs. */
export function describe(world: World): string[] {
  const groups = tree(world);
  const killed = killedContainers(world).map((container) => `${ghost(container, 0, 0).says}.`);
  if (groups.length + killed.length === 0) return ['No control group has been made yet.'];
  const standing = groups.map((group) => {
    const container = world.containers.get(containerOfCgroup(group.path) ?? '');
    const readings = gauges(group).map(
      ({ title, used, limit, waiting }) =>
        `${title} ${against(used, limit)}${waiting === undefined ? '' : `, ${waiting}`}`,
    );
    const kills = group.oomKills.length > 0 ? `, ${group.oomKills.length} killed for want of memory` : '';
    return `Control group ${container ? container.name : group.path}${group.frozen ? ', frozen' : ''}: ${readings.join(', ')}${kills}.`;
  });
  return [...standing, ...killed];
}
