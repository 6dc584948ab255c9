// Processes and namespaces: what the VM itself runs on the left, and beside it a region for each set of namespaces that
// differs from the VM's own. A process shows the PID that the VM knows it by, and the one that it has inside.
import type { NamespaceKind, NamespaceSet } from '../../protocol/events.ts';
import { containerOfCgroup, type Container, type Process, type World } from '../../sim/world.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';

const MARGIN = 20;
const PILL = 26;
const STEP = 32;
const INDENT = 18;
const kinds: readonly NamespaceKind[] = ['pid', 'net', 'mnt', 'uts', 'ipc', 'cgroup', 'user', 'time'];

/** Processes that share the same namespaces and container. */
interface Region {
  readonly key: string;
  readonly own: NamespaceSet;
  readonly container?: Container;
  readonly processes: Process[];
}

/** Namespaces of a process that are not the VM's own. */
function ownNamespaces(world: World, process: Process): NamespaceSet {
  const own: NamespaceSet = {};
  for (const kind of kinds) {
    const inode = process.ns[kind];
    if (inode !== undefined && inode !== world.hostNs[kind]) own[kind] = inode;
  }
  return own;
}

/** Regions by container, else by set of namespaces; the VM's own processes apart. */
export function regions(world: World): { host: Process[]; regions: Region[] } {
  const host: Process[] = [];
  const found = new Map<string, Region>();
  for (const process of world.processes.values()) {
    if (!isTold(process)) continue;
    const own = ownNamespaces(world, process);
    const id = containerOfCgroup(process.cgroup);
    const container = id === undefined ? undefined : world.containers.get(id);
    if (Object.keys(own).length === 0 && !container) {
      host.push(process);
      continue;
    }
    const key = container?.id ?? kinds.map((kind) => own[kind] ?? '-').join('/');
    const region = found.get(key) ?? { key, own, processes: [], ...(container ? { container } : {}) };
    region.processes.push(process);
    found.set(key, Object.keys(own).length > Object.keys(region.own).length ? { ...region, own } : region);
  }
  return { host, regions: [...found.values()].sort((a, b) => (a.processes[0]?.seq ?? 0) - (b.processes[0]?.seq ?? 0)) };
}

/** Kernel threads and what is only passing through say little; they are counted, not drawn. */
function isTold(process: Process): boolean {
  return !(process.parent === 2 || process.pid === 2);
}

/** The picture of all processes. */
export function layout(world: World, width: number, height: number): Picture {
  const { host, regions: found } = regions(world);
  if (world.processes.size === 0)
    return emptyPicture(
      'The process tree appears as soon as the machine runs.',
      'docker run -d --name web nginx',
      width,
      height,
    );
  const figures: Figure[] = [];
  const hostWidth = Math.max(230, Math.min(340, width * 0.38));
  const hostBottom = hostColumn(host, MARGIN, hostWidth, figures);
  const left = MARGIN + hostWidth + 24;
  const right = regionColumns(found, left, width - left - MARGIN, figures);
  if (found.length === 0) {
    const command = 'docker run -d --name web nginx';
    figures.push({
      key: 'hint',
      sign: 'text',
      x: left,
      y: 60,
      w: width - left - MARGIN,
      h: 16,
      title: 'Only the VM’s own namespaces so far. Try',
      look: 'quiet',
    });
    figures.push({
      key: 'hint:run',
      sign: 'pill',
      x: left,
      y: 84,
      w: Math.min(300, width - left - MARGIN),
      h: 32,
      title: command,
      look: 'command',
      command,
      says: `Run ${command}`,
    });
  }
  const bottom = Math.max(height - 44, hostBottom + 16, right + 16);
  figures.push({
    key: 'ground',
    sign: 'ground',
    x: MARGIN,
    y: bottom,
    w: width - 2 * MARGIN,
    h: 20,
    title: 'one Linux kernel under all of them',
  });
  return { figures, height: bottom + 44 };
}

function hostColumn(processes: readonly Process[], x: number, w: number, figures: Figure[]): number {
  figures.push({ key: 'host:title', sign: 'text', x, y: MARGIN, w, h: 16, title: 'The VM itself', look: 'large' });
  const ordered = inTree(processes);
  ordered.forEach(({ process, depth }, i) => {
    const indent = Math.min(depth, 5) * INDENT;
    figures.push(pillOf(process, x + indent, MARGIN + 28 + i * STEP, w - indent, undefined));
  });
  return MARGIN + 28 + ordered.length * STEP;
}

/** Parents before children, with how deep each lies. */
function inTree(processes: readonly Process[]): { process: Process; depth: number }[] {
  const here = new Set(processes.map((process) => process.pid));
  const out: { process: Process; depth: number }[] = [];
  const visit = (process: Process, depth: number): void => {
    out.push({ process, depth });
    for (const child of processes)
      if (child.parent === process.pid && child.pid !== process.pid) visit(child, depth + 1);
  };
  for (const process of processes) if (!here.has(process.parent)) visit(process, 0);
  return out;
}

function pillOf(process: Process, x: number, y: number, w: number, hue: number | undefined): Figure {
  const inside = process.innerPids.length > 1 ? process.innerPids.at(-1) : undefined;
  const title = process.argv && process.argv.length > 0 ? process.argv.join(' ') : process.title;
  return {
    key: `process:${process.pid}`,
    sign: 'pill',
    x,
    y,
    w,
    h: PILL,
    title: shorten(title),
    detail: inside === undefined ? String(process.pid) : `${process.pid} → ${inside}`,
    look: inside === 1 ? 'init' : '',
    opens: process.seq,
    says: `Process ${title}, PID ${process.pid}${inside === undefined ? '' : `, inside its namespace ${inside}`}`,
    from: { x: x - 24, y },
    ...(hue === undefined ? {} : { hue }),
  };
}

/** A program by its own name: `/usr/sbin/nginx -g …` is `nginx -g …`. */
function shorten(title: string): string {
  return title.replace(/^\/\S*\//, '');
}

function regionColumns(found: readonly Region[], x: number, w: number, figures: Figure[]): number {
  const columns = w > 620 && found.length > 1 ? 2 : 1;
  const columnWidth = (w - (columns - 1) * 16) / columns;
  const bottoms = new Array<number>(columns).fill(MARGIN);
  for (const region of found) {
    const column = bottoms.indexOf(Math.min(...bottoms));
    const at = bottoms[column] ?? MARGIN;
    bottoms[column] = at + regionBox(region, x + column * (columnWidth + 16), at, columnWidth, figures) + 16;
  }
  return Math.max(...bottoms);
}

function regionBox(region: Region, x: number, y: number, w: number, figures: Figure[]): number {
  const { container } = region;
  const own = kinds.filter((kind) => region.own[kind] !== undefined);
  const perRow = Math.max(1, Math.floor((w - 24) / 152));
  const rows = Math.ceil(own.length / perRow);
  const ordered = inTree(region.processes);
  const h = 40 + rows * 20 + ordered.length * STEP + 10;
  const hue = container ? { hue: container.hue } : {};
  const title = container?.name ?? (ordered[0] ? `${shorten(ordered[0].process.title)}, by hand` : 'by hand');
  figures.push({
    key: `region:${region.key}`,
    sign: 'room',
    x,
    y,
    w,
    h,
    title,
    detail: container ? container.state : 'own namespaces',
    look: `namespace ${container?.state ?? ''}`,
    says: `${title}: own namespaces ${own.join(', ')}`,
    ...(ordered[0] ? { opens: ordered[0].process.seq } : {}),
    ...hue,
  });
  own.forEach((kind, i) => {
    const inode = region.own[kind] ?? 0;
    figures.push({
      key: `ns:${region.key}:${kind}`,
      sign: 'text',
      x: x + 12 + (i % perRow) * 152,
      y: y + 32 + Math.floor(i / perRow) * 20,
      w: 148,
      h: 16,
      title: `${kind}:[${inode}]`,
      look: 'inode',
      says: `${kind} namespace, inode ${inode}`,
    });
  });
  ordered.forEach(({ process, depth }, i) => {
    const indent = Math.min(depth, 4) * INDENT;
    figures.push(pillOf(process, x + 12 + indent, y + 40 + rows * 20 + i * STEP, w - 24 - indent, container?.hue));
  });
  return h;
}

/** A line a region, with its processes; then how many the VM itself runs. */
export function describe(world: World): string[] {
  const { host, regions: found } = regions(world);
  const lines = found.map((region) => {
    const own = kinds.flatMap((kind) => (region.own[kind] === undefined ? [] : [`${kind}:[${region.own[kind]}]`]));
    const list = region.processes.map((process) => `${shorten(process.title)} (${process.innerPids.join(' → ')})`);
    return `${region.container?.name ?? 'Made by hand'}: ${list.join(', ')} in ${own.join(' ')}.`;
  });
  return [...lines, `The VM itself runs ${host.length} processes in its own namespaces.`];
}
