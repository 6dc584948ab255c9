// The upper part of the network scene: a room for every network namespace but the VM's, with the process that lives there
// and the namespace's end of each cable.
import type { Process } from '../../sim/world.ts';
import { containerIn, hueOf, MARGIN, plug, PLUG_H, type Plan } from './plan.ts';

const GAP = 16;
const NARROWEST = 150;
const WIDEST = 300;
const ROOM_H = 34 + 34 + PLUG_H + 12;
const ROW_H = ROOM_H + 28;

/** Height of the rooms. */
export function roomsHeight(plan: Plan): number {
  return plan.inner.length === 0 ? 72 : Math.ceil(plan.inner.length / gridOf(plan).perRow) * ROW_H - 28;
}

function gridOf({ width, inner }: Plan): { w: number; perRow: number } {
  const whole = width - 2 * MARGIN + GAP;
  const perRow = Math.max(1, Math.min(inner.length, Math.floor(whole / (NARROWEST + GAP))));
  return { w: Math.min(WIDEST, whole / perRow - GAP), perRow };
}

/** Draws the rooms from `top` down. */
export function rooms(plan: Plan, top: number): void {
  const { w, perRow } = gridOf(plan);
  plan.inner.forEach((netns, i) => {
    room(plan, netns, { x: MARGIN + (i % perRow) * (w + GAP), y: top + Math.floor(i / perRow) * ROW_H, w });
  });
  if (plan.inner.length === 0) hint(plan, top);
}

function room(plan: Plan, netns: number, { x, y, w }: { x: number; y: number; w: number }): void {
  const { world, figures } = plan;
  const devices = plan.links.filter((link) => link.netns === netns);
  const container = containerIn(world, netns);
  const process = firstIn(plan, netns, container?.initPid);
  figures.push({
    key: `netns:${netns}`,
    sign: 'room',
    x,
    y,
    w,
    h: ROOM_H,
    title: container?.name ?? 'by hand',
    detail: w > 200 ? `net:[${netns}]` : `[${netns}]`,
    look: `namespace ${container?.state ?? ''}`,
    says: `Network namespace ${netns} of ${container?.name ?? 'a process started by hand'}`,
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
  const each = (w - 24 - (devices.length - 1) * 8) / Math.max(1, devices.length);
  devices.forEach((link, i) => {
    figures.push(plug(plan, link, { x: x + 12 + i * (each + 8), y: y + ROOM_H - PLUG_H - 10 }, each, container));
  });
}

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
