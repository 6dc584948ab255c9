// Request: time runs down; each process that takes part has a lane; an arrow is a message, a mark the kernel's work.
import type { World } from '../../sim/world.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';
import { commandLine, lanes, milliseconds, newestStory, type Lane, type Row } from './story.ts';

const MARGIN = 20;
const TOP = 84;
const HEAD_W = 112;
const HEAD_H = 38;
/** Heads that would be narrower than this, too narrow for `containerd`, stand in two rows. */
const HEAD_MIN_W = 90;
const STEP = 36;
/** Room at the left for the time since the key press. */
const TIMES = 64;
const CHAR = 7.3;

const titles: Readonly<Record<Lane, readonly [title: string, role: string]>> = {
  docker: ['docker', 'the client'],
  dockerd: ['dockerd', 'the API'],
  containerd: ['containerd', 'tasks'],
  'containerd-shim': ['shim', 'holds one'],
  runc: ['runc', 'builds one'],
  container: ['PID 1', 'in there'],
};

interface Lanes {
  readonly width: number;
  readonly step: number;
  /** Every other head stands above its neighbours. */
  readonly isStaggered: boolean;
  /** Where the lanes begin, below the heads. */
  readonly top: number;
  x(lane: Lane): number;
}

/** A narrow stage has no room for the times. */
const timesOf = (width: number): number => (width < 520 ? 0 : TIMES);

function lanesOf(width: number): Lanes {
  const first = MARGIN + timesOf(width) + 44 - (width < 520 ? 16 : 0);
  const step = (width - first - MARGIN - 52) / (lanes.length - 1);
  const isStaggered = step - 6 < HEAD_MIN_W;
  const top = TOP + (isStaggered ? HEAD_H + 4 : 0);
  return { width, step, isStaggered, top, x: (lane) => first + lanes.indexOf(lane) * step };
}

/** The picture of the newest command's story. */
export function layout(world: World, width: number, height: number): Picture {
  const story = newestStory(world);
  if (!story)
    return emptyPicture(
      'Every docker command is a request to the engine. Send one:',
      'docker run --rm busybox echo hello',
      width,
      height,
    );
  const at = lanesOf(width);
  const bottom = Math.max(height - 40, at.top + 28 + story.rows.length * STEP + 12);
  const { beganNs, endedNs, attributes } = story.command;
  const took =
    endedNs === undefined
      ? 'running…'
      : `exit ${String(attributes['exitCode'] ?? '?')} · ${milliseconds(endedNs - beganNs)}`;
  const figures: Figure[] = [
    {
      key: 'command',
      sign: 'text',
      x: MARGIN,
      y: 14,
      w: width - 2 * MARGIN,
      h: 18,
      title: `$ ${commandLine(story.command)}`,
      detail: took,
      look: 'large mono',
      opens: story.command.seq,
      says: `Command ${commandLine(story.command)}`,
    },
    ...lanes.flatMap((lane) => laneFigures(lane, at, bottom)),
  ];
  let last = '';
  story.rows.forEach((row, i) => {
    const y = at.top + 32 + i * STEP;
    const since = `+${milliseconds(Math.max(0, row.timeNs - beganNs))}`;
    if (since !== last && timesOf(width) > 0)
      figures.push({
        key: `time:${row.key}`,
        sign: 'text',
        x: MARGIN,
        y: y - 10,
        w: TIMES,
        h: 16,
        title: since,
        look: 'time',
      });
    last = since;
    figures.push(rowOf(world, row, y, at));
  });
  if (story.hidden > 0)
    figures.push({
      key: 'hidden',
      sign: 'text',
      x: MARGIN,
      y: bottom + 8,
      w: width - 2 * MARGIN,
      h: 16,
      title: `and ${story.hidden} more kernel operations: see the other scenes and the timeline`,
      look: 'quiet small',
    });
  return { figures, height: bottom + 32 };
}

function laneFigures(lane: Lane, at: Lanes, bottom: number): Figure[] {
  const x = at.x(lane);
  const isAbove = at.isStaggered && lanes.indexOf(lane) % 2 === 0;
  const w = Math.min(HEAD_W, at.isStaggered ? 2 * at.step - 12 : at.step - 6);
  const left = Math.max(4, Math.min(at.width - w - 4, x - w / 2));
  const y = isAbove ? TOP - HEAD_H : at.top - HEAD_H;
  const [title, role] = titles[lane];
  return [
    {
      key: `lane:${lane}`,
      sign: 'cable',
      x: 0,
      y: 0,
      w: 0,
      h: 0,
      points: [
        [x, y + HEAD_H],
        [x, bottom],
      ],
      look: 'lane',
    },
    { key: `head:${lane}`, sign: 'plug', x: left, y, w, h: HEAD_H, title, detail: role, look: 'head' },
  ];
}

function rowOf(world: World, row: Row, y: number, at: Lanes): Figure {
  const container = world.containers.get(row.container ?? '');
  const says = `${row.from === row.to ? row.to : `${row.from} to ${row.to}`}: ${row.text} ${row.detail}`.trim();
  const head = { key: row.key, opens: row.seq, look: row.look, says, ...(container ? { hue: container.hue } : {}) };
  const x = at.x(row.from);
  if (row.from === row.to) {
    const words = row.text.length + (row.detail ? row.detail.length + 2 : 0);
    const w = Math.min(
      at.width - 2 * MARGIN - timesOf(at.width),
      Math.max(row.look === 'pull' ? 280 : 90, words * CHAR + 22),
    );
    return {
      ...head,
      sign: 'slab',
      x: Math.min(x - 6, at.width - MARGIN - w),
      y: y - 13,
      w,
      h: 24,
      title: row.text,
      detail: row.detail,
      ...(row.share === undefined ? {} : { share: row.share }),
    };
  }
  const to = at.x(row.to);
  return {
    ...head,
    sign: 'arrow',
    x: 0,
    y: 0,
    w: at.width - MARGIN,
    h: 0,
    points: [
      [x, y + 6],
      [to, y + 6],
    ],
    title: row.text,
    detail: row.detail,
  };
}

/** The command, then a line a row. */
export function describe(world: World): string[] {
  const story = newestStory(world);
  if (!story) return ['No docker command has been sent yet.'];
  const { endedNs, beganNs, attributes } = story.command;
  const end =
    endedNs === undefined
      ? 'still running'
      : `exit ${String(attributes['exitCode'])} after ${milliseconds(endedNs - beganNs)}`;
  return [
    `${commandLine(story.command)}: ${end}.`,
    ...story.rows.map(
      (row) =>
        `${row.from === row.to ? row.to : `${row.from} → ${row.to}`}: ${row.text}${row.detail ? ` (${row.detail})` : ''}.`,
    ),
  ];
}
