// The upper part of the network scene: a room for every network namespace but the VM's, with the process that lives there
// and the namespace's end of each cable.
import type { Container, Link, Process } from '../../sim/world.ts';
import { containerOfCgroup } from '../../sim/world.ts';
import type { Figure } from '../kit/figure.ts';
import { containerIn, hueOf, MARGIN, plug, PLUG_H, PLUG_W, type Plan, type Spot } from './plan.ts';

const GAP = 16;
const NARROWEST = 150;
const WIDEST = 320;
/** Width that a device needs for its address. */
const DEVICE_W = 112;
const ROOM_H = 34 + 34 + PLUG_H + 12;
const ROW_H = ROOM_H + 28;

interface Place {
  readonly netns: number;
  readonly row: number;
  readonly x: number;
  readonly w: number;
}

/** Height of the rooms. */
export function roomsHeight(plan: Plan): number {
  if (plan.inner.length === 0) return 72;
  return (Math.max(...places(plan).map(({ row }) => row)) + 1) * ROW_H - 28;
}

const devicesIn = (plan: Plan, netns: number): Link[] => plan.links.filter((link) => link.netns === netns);

const hasCable = (plan: Plan, netns: number): boolean => devicesIn(plan, netns).some((link) => link.name !== 'lo');

interface Wish {
  readonly netns: number;
  readonly need: number;
  readonly isHanging: boolean;
}

/** Rows of rooms that fit side by side; `apart`: who hangs on no cable stands in rows above those who do. */
function pack(wishes: readonly Wish[], whole: number, apart: boolean): Wish[][] {
  const rows: Wish[][] = [];
  let used = 0;
  for (const wish of wishes) {
    const row = rows.at(-1);
    const isOther = apart && row !== undefined && row[0]?.isHanging !== wish.isHanging;
    if (row === undefined || isOther || used + GAP + wish.need > whole) {
      rows.push([wish]);
      used = wish.need;
    } else {
      row.push(wish);
      used += GAP + wish.need;
    }
  }
  return rows;
}

/** Rooms in rows, each as wide as its devices need; what is left over is shared. */
function places(plan: Plan): Place[] {
  const whole = plan.width - 2 * MARGIN;
  const wishes = plan.inner.map((netns): Wish => {
    const devices = 24 + devicesIn(plan, netns).length * (DEVICE_W + 8) - 8;
    return { netns, need: Math.min(whole, Math.max(NARROWEST, devices)), isHanging: hasCable(plan, netns) };
  });
  const [tight, apart] = [pack(wishes, whole, false), pack(wishes, whole, true)];
  // Cables of an upper row pass behind the rooms below: not worth a row more.
  const rows = tight.length > 1 && apart.length === tight.length ? apart : tight;
  return rows.flatMap((row, at) => {
    const spare = whole - row.reduce((sum, { need }) => sum + need, 0) - (row.length - 1) * GAP;
    let x = MARGIN;
    return row.map(({ netns, need }) => {
      const w = Math.max(need, Math.min(WIDEST, need + spare / row.length));
      const place = { netns, row: at, x, w };
      x += w + GAP;
      return place;
    });
  });
}

/** Draws the rooms from `top` down. */
export function rooms(plan: Plan, top: number): void {
  for (const { netns, row, x, w } of places(plan)) room(plan, netns, { x, y: top + row * ROW_H, w });
  if (plan.inner.length === 0) hint(plan, top);
}

function room(plan: Plan, netns: number, { x, y, w }: { x: number; y: number; w: number }): void {
  const { world, figures } = plan;
  const devices = devicesIn(plan, netns);
  const container = containerIn(world, netns);
  const process = firstIn(plan, netns, container?.initPid);
  const isCutOff = devices.every((link) => link.name === 'lo');
  const name = namesIn(plan, netns).join(' + ') || 'by hand';
  figures.push({
    key: `netns:${netns}`,
    sign: 'room',
    x,
    y,
    w,
    h: ROOM_H,
    title: name,
    detail: w > 200 ? `net:[${netns}]` : `[${netns}]`,
    look: `namespace ${container?.state ?? ''} ${isCutOff ? 'cut-off' : ''}`,
    says: `Network namespace ${netns} of ${name === 'by hand' ? 'a process started by hand' : name}${isCutOff ? ', which has no device but lo' : ''}`,
    ...hueOf(container),
  });
  figures.push({
    key: `lives:${netns}`,
    sign: 'pill',
    x: x + 12,
    y: y + 32,
    w: w - 24,
    h: 26,
    title: process ? programOf(process) : 'no process lives here',
    detail: process ? String(process.pid) : '',
    look: process ? 'init' : 'nobody',
    ...(process ? { opens: process.seq, says: `${programOf(process)}, PID ${process.pid}` } : {}),
    ...hueOf(container),
  });
  if (isCutOff && devices.length === 0) {
    const line = { sign: 'text', x: x + 12, w: w - 24, h: 16, look: 'quiet small' } as const;
    const at = y + ROOM_H - PLUG_H - 8;
    figures.push(
      { ...line, key: `cut:${netns}`, y: at, title: 'no device but lo:' },
      { ...line, key: `cut2:${netns}`, y: at + 18, title: 'no way in or out' },
    );
  }
  const each = (w - 24 - (devices.length - 1) * 8) / Math.max(1, devices.length);
  devices.forEach((link, i) => {
    figures.push(deviceIn(plan, link, { x: x + 12 + i * (each + 8), y: y + ROOM_H - PLUG_H - 10 }, each, container));
  });
}

/** A device of a room; of `lo` it is said who listens there. */
function deviceIn(plan: Plan, link: Link, at: Spot, w: number, container: Container | undefined): Figure {
  const figure = plug(plan, link, at, w, container);
  if (link.name !== 'lo') return figure;
  const isAsked = plan.loops.get(link.netns) === 'dns';
  const [title, detail] = isAsked ? ['lo · DNS', '127.0.0.11'] : ['lo', '127.0.0.1'];
  const says = isAsked ? 'Loopback device, on which Docker’s name server answers at 127.0.0.11' : 'Loopback device';
  return { ...figure, title, detail, says };
}

/** Containers that live in a namespace, by name: `--network container:web` puts two into one. */
function namesIn({ world }: Plan, netns: number): string[] {
  const names = new Set<string>();
  for (const process of world.processes.values()) {
    if (process.ns.net !== netns) continue;
    const container = world.containers.get(containerOfCgroup(process.cgroup) ?? '');
    if (container) names.add(container.name);
  }
  return [...names];
}

/** Containers in the VM's own namespace (`--network host`), as rooms without a wall of their own, from `y` down. */
export function hosted(plan: Plan, y: number): void {
  const left = MARGIN + PLUG_W + 20;
  const w = Math.min(260, (plan.width - MARGIN - left + 12) / Math.max(1, plan.hosted.length) - 12);
  plan.hosted.forEach((container, i) =>
    plan.figures.push({
      key: `hosted:${container.id}`,
      sign: 'room',
      x: left + i * (w + 12),
      y,
      w,
      h: HOSTED_H,
      title: container.name,
      detail: w > 190 ? 'the VM’s network' : 'host',
      look: 'hosted',
      opens: container.seq,
      says: `Container ${container.name} has no network of its own: it uses the VM’s devices and ports`,
      ...hueOf(container),
    }),
  );
}

export const HOSTED_H = 30;

function firstIn(plan: Plan, netns: number, initPid: number | undefined): Process | undefined {
  const init = initPid === undefined ? undefined : plan.world.processes.get(initPid);
  if (init?.ns.net === netns) return init;
  for (const process of plan.world.processes.values()) if (process.ns.net === netns) return process;
  return undefined;
}

const programOf = (process: Process): string => (process.argv?.join(' ') ?? process.title).replace(/^\/\S*\//, '');

function hint({ figures }: Plan, top: number): void {
  const command = 'docker run -d -p 8080:80 nginx';
  figures.push(
    {
      key: 'hint',
      sign: 'text',
      x: MARGIN,
      y: top,
      w: 440,
      h: 16,
      title: 'No container has a network of its own yet. Start one:',
      look: 'quiet',
    },
    {
      key: 'hint:run',
      sign: 'pill',
      x: MARGIN,
      y: top + 24,
      w: 300,
      h: 36,
      title: command,
      detail: '↵',
      look: 'command',
      command,
      says: `Run ${command}`,
    },
  );
}
