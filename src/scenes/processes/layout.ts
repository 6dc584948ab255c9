// Processes and namespaces: what the VM itself runs on the left, and beside it a region for each set of namespaces that
// differs from the VM's own. A process shows the PID that the VM knows it by, and the one that it has inside.
import type { NamespaceKind, NamespaceSet } from '../../protocol/events.ts';
import { containerOfCgroup, type Container, type Process, type World } from '../../sim/world.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';
import { MOUNTED, mountInWords, mountLine, mountPoints, mountsOf, type MountPoint } from '../kit/mounts.ts';

const MARGIN = 20;
const PILL = 26;
const STEP = 32;
const INDENT = 18;
/** On a stage narrower than this the containers stand below the VM's own processes, not beside them. */
const BESIDE = 560;
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
  const inside: Figure[] = [];
  const isBeside = width >= BESIDE;
  const hostWidth = isBeside ? Math.max(220, Math.min(340, width * 0.36)) : width - 2 * MARGIN - 28;
  const names = namespaceLines(world.hostNs, width - 2 * MARGIN - 28);
  const top = MARGIN + 44 + names.length * 18;
  const hostBottom = hostColumn(host, MARGIN + 14, top, hostWidth, inside);
  const left = isBeside ? MARGIN + 14 + hostWidth + 24 : MARGIN + 14;
  const room = width - left - MARGIN - 14;
  const regionTop = isBeside ? top : hostBottom + 12;
  const right = regionColumns(world, found, left, regionTop, room, inside) + (found.length === 0 ? 72 : 0);
  if (found.length === 0) hint(left, regionTop, room, inside);
  const bottom = Math.max(height - 44, hostBottom + 24, right + 24);
  const figures: Figure[] = [
    {
      key: 'vm',
      sign: 'room',
      x: MARGIN,
      y: MARGIN - 8,
      w: width - 2 * MARGIN,
      h: bottom - MARGIN + 8,
      title: 'The VM',
      detail: 'its own namespaces, from which all others were made',
      look: 'namespace outermost',
      says: `The VM's own namespaces: ${namespaceText(world.hostNs)}`,
    },
    ...names.map((title, i): Figure => ({
      key: `vm:ns:${i}`,
      sign: 'text',
      x: MARGIN + 14,
      y: MARGIN + 24 + i * 18,
      w: width - 2 * MARGIN - 28,
      h: 16,
      title,
      look: 'inode',
    })),
    ...inside,
    {
      key: 'ground',
      sign: 'ground',
      x: MARGIN,
      y: bottom + 6,
      w: width - 2 * MARGIN,
      h: 20,
      title: 'one Linux kernel under all of them',
    },
  ];
  return { figures, height: bottom + 44 };
}

const namespaceText = (ns: NamespaceSet): string =>
  kinds.flatMap((kind) => (ns[kind] === undefined ? [] : [`${kind}:[${ns[kind]}]`])).join('  ');

/** The same on as many lines as it needs. */
function namespaceLines(ns: NamespaceSet, width: number): string[] {
  const perLine = Math.max(1, Math.floor(width / (21 * 7.2)));
  const names = namespaceText(ns).split('  ');
  const lines: string[] = [];
  for (let i = 0; i < names.length; i += perLine) lines.push(names.slice(i, i + perLine).join('  '));
  return lines;
}

function hint(x: number, y: number, room: number, figures: Figure[]): void {
  const command = 'docker run -d --name web nginx';
  const title = 'No container yet. Start one:';
  figures.push(
    { key: 'hint', sign: 'text', x, y: y + 4, w: room, h: 16, title, look: 'quiet' },
    {
      key: 'hint:run',
      sign: 'pill',
      x,
      y: y + 28,
      w: Math.min(300, room),
      h: 36,
      title: command,
      detail: '↵',
      look: 'command',
      command,
      says: `Run ${command}`,
    },
  );
}

function hostColumn(processes: readonly Process[], x: number, y: number, w: number, figures: Figure[]): number {
  const ordered = inTree(processes);
  ordered.forEach(({ process, depth }, i) => {
    const indent = Math.min(depth, 5) * INDENT;
    figures.push(pillOf(process, x + indent, y + i * STEP, w - indent, undefined));
  });
  return y + ordered.length * STEP;
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

function regionColumns(
  world: World,
  found: readonly Region[],
  x: number,
  y: number,
  w: number,
  figures: Figure[],
): number {
  const columns = w > 640 && found.length > 1 ? Math.min(3, Math.floor(w / 320)) : 1;
  const columnWidth = (w - (columns - 1) * 16) / columns;
  const bottoms = new Array<number>(columns).fill(y);
  const mounts = mountPoints(world);
  for (const region of found) {
    const column = bottoms.indexOf(Math.min(...bottoms));
    const at = bottoms[column] ?? y;
    const shared = sharedBy(world, region, found);
    const place = { x: x + column * (columnWidth + 16), y: at, w: columnWidth };
    bottoms[column] = at + regionBox(region, shared, mountsOf(mounts, region.container), place, figures) + 16;
  }
  return Math.max(...bottoms);
}

/** For each kind, who else lives in the same namespace. */
function sharedBy(world: World, region: Region, all: readonly Region[]): Map<NamespaceKind, string> {
  const shared = new Map<NamespaceKind, string>();
  for (const kind of kinds) {
    const inode = region.own[kind];
    const other = inode === undefined ? undefined : all.find((each) => each !== region && each.own[kind] === inode);
    if (other) shared.set(kind, other.container?.name ?? 'another');
    else if (
      inode === undefined &&
      region.container &&
      world.hostNs[kind] !== undefined &&
      kind !== 'user' &&
      kind !== 'time'
    )
      shared.set(kind, 'the VM');
  }
  return shared;
}

const CHIP_W = 150;
/** Below this a chip shows only the end of its inode number. */
const SHORT_CHIP = 146;
const CHIP_H = 22;
const MOUNT_ROW = 18;
/** Mounts of a container that are listed; how many more there are is said. */
const MOUNTS_MAX = 4;

/** A container's region: what it has of its own on top, and inside its PID namespace its processes. */
function regionBox(
  region: Region,
  shared: ReadonlyMap<NamespaceKind, string>,
  points: readonly MountPoint[],
  { x, y, w }: { x: number; y: number; w: number },
  figures: Figure[],
): number {
  const { container } = region;
  const chips = kinds.filter((kind) => kind !== 'pid' && (region.own[kind] !== undefined || shared.has(kind)));
  const perRow = Math.max(2, Math.floor((w - 16) / CHIP_W));
  const rows = Math.ceil(chips.length / perRow);
  const ordered = inTree(region.processes);
  const pid = region.own.pid;
  const chipsTop = y + 32;
  const mountsTop = chipsTop + rows * (CHIP_H + 4) + 4;
  const listed = mountRows(region, points, { x: x + 12, y: mountsTop, w: w - 24 });
  const innerTop = mountsTop + listed.length * MOUNT_ROW + 2;
  const innerH = (pid === undefined ? 0 : 26) + Math.max(1, ordered.length) * STEP + 6;
  const h = innerTop - y + innerH + 12;
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
    look: `${container?.state ?? ''}`,
    says: `${title}: own namespaces ${namespaceText(region.own)}`,
    ...(ordered[0] ? { opens: ordered[0].process.seq } : {}),
    ...hue,
  });
  figures.push(...listed);
  const each = (w - 24 - (perRow - 1) * 6) / perRow;
  chips.forEach((kind, i) =>
    figures.push(
      chip(region, kind, shared.get(kind), {
        x: x + 12 + (i % perRow) * (each + 6),
        y: chipsTop + Math.floor(i / perRow) * (CHIP_H + 4),
        w: each,
      }),
    ),
  );
  if (pid !== undefined)
    figures.push({
      key: `pidns:${region.key}`,
      sign: 'room',
      x: x + 12,
      y: innerTop,
      w: w - 24,
      h: innerH,
      title: `pid:[${pid}]`,
      detail: w > 300 ? 'PID outside → inside' : '',
      look: 'namespace mono',
      says: `PID namespace ${pid}`,
      ...hue,
    });
  const pillsTop = innerTop + (pid === undefined ? 0 : 28);
  ordered.forEach(({ process, depth }, i) => {
    const indent = Math.min(depth, 4) * INDENT;
    figures.push(pillOf(process, x + 20 + indent, pillsTop + i * STEP, w - 40 - indent, container?.hue));
  });
  return h;
}

/** What its mount namespace has from outside: volumes, directories of the host, memory. */
function mountRows(
  region: Region,
  points: readonly MountPoint[],
  { x, y, w }: { x: number; y: number; w: number },
): Figure[] {
  const shown = points.length > MOUNTS_MAX ? points.slice(0, MOUNTS_MAX - 1) : points;
  const place = (i: number) => ({ sign: 'tick', x, y: y + i * MOUNT_ROW, w, h: MOUNT_ROW, detail: MOUNTED }) as const;
  const rows = shown.map((point, i): Figure => ({
    ...place(i),
    key: `mount:${region.key}:${point.target}`,
    title: mountLine(point),
    look: 'mounted',
    opens: point.seq,
    says: mountInWords(point),
  }));
  if (shown.length < points.length) {
    const title = `and ${points.length - shown.length} more`;
    rows.push({ ...place(shown.length), key: `mounts:${region.key}`, title, look: 'mounted key' });
  }
  return rows;
}

function chip(
  region: Region,
  kind: NamespaceKind,
  sharedWith: string | undefined,
  at: { x: number; y: number; w: number },
): Figure {
  const inode = region.own[kind];
  const digits = at.w < SHORT_CHIP ? `…${String(inode).slice(-4)}` : String(inode);
  const title = inode === undefined ? `${kind}: ${sharedWith ?? ''}’s` : `${kind}:[${digits}]`;
  return {
    key: `ns:${region.key}:${kind}`,
    sign: 'pill',
    ...at,
    h: CHIP_H,
    title,
    look: `chip ${sharedWith === undefined ? '' : 'shared'}`,
    says: `${kind} namespace${inode === undefined ? '' : `, inode ${inode}`}${sharedWith === undefined ? '' : `, shared with ${sharedWith}`}`,
    ...(region.container ? { hue: region.container.hue } : {}),
  };
}

/** A line a region, with its processes; then how many the VM itself runs. */
export function describe(world: World): string[] {
  const { host, regions: found } = regions(world);
  const mounts = mountPoints(world);
  const lines = found.map((region) => {
    const own = kinds.flatMap((kind) => (region.own[kind] === undefined ? [] : [`${kind}:[${region.own[kind]}]`]));
    const list = region.processes.map((process) => `${shorten(process.title)} (${process.innerPids.join(' → ')})`);
    const seen = mountsOf(mounts, region.container).map((point) => `; sees ${mountInWords(point)}`);
    return `${region.container?.name ?? 'Made by hand'}: ${list.join(', ')} in ${own.join(' ')}${seen.join('')}.`;
  });
  return [...lines, `The VM itself runs ${host.length} processes in its own namespaces.`];
}
