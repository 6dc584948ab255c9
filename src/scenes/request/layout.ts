// Request: time runs down; each process that takes part has a lane; an arrow is a message, a mark the kernel's work.
import type { World } from '../../sim/world.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Figure, Picture } from '../kit/figure.ts';
import { commandLine, lanes, milliseconds, newestStory, type Lane, type Row } from './story.ts';

const MARGIN = 20;
const TOP = 76;
const STEP = 34;

const titles: Readonly<Record<Lane, string>> = {
  docker: 'docker',
  dockerd: 'dockerd',
  containerd: 'containerd',
  'containerd-shim': 'shim',
  runc: 'runc',
  container: 'PID 1',
};

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
  const right = 96;
  const step = (width - 2 * MARGIN - right - 40) / (lanes.length - 1);
  const laneX = (lane: Lane): number => MARGIN + 40 + lanes.indexOf(lane) * step;
  const bottom = Math.max(height - 40, TOP + 28 + story.rows.length * STEP + 12);
  const took =
    story.command.endedNs === undefined
      ? 'running…'
      : `exit ${String(story.command.attributes['exitCode'] ?? '?')} · ${milliseconds(story.command.endedNs - story.command.beganNs)}`;
  const figures: Figure[] = [
    {
      key: 'command',
      sign: 'text',
      x: MARGIN,
      y: 14,
      w: width - 2 * MARGIN - 160,
      h: 18,
      title: `$ ${commandLine(story.command)}`,
      look: 'large mono',
      opens: story.command.seq,
      says: `Command ${commandLine(story.command)}`,
    },
    { key: 'took', sign: 'text', x: width - MARGIN - 150, y: 14, w: 150, h: 18, title: took, look: 'quiet' },
  ];
  for (const lane of lanes) {
    const x = laneX(lane);
    figures.push({
      key: `lane:${lane}`,
      sign: 'cable',
      x: 0,
      y: 0,
      w: 0,
      h: 0,
      points: [
        [x, TOP],
        [x, bottom],
      ],
      look: 'lane',
    });
    figures.push({
      key: `head:${lane}`,
      sign: 'pill',
      x: x - Math.min(56, step / 2 - 2),
      y: TOP - 28,
      w: Math.min(112, step - 4),
      h: 26,
      title: titles[lane],
      look: 'head',
    });
  }
  story.rows.forEach((row, i) => figures.push(rowOf(world, row, TOP + 30 + i * STEP, laneX, width, step)));
  if (story.hidden > 0)
    figures.push({
      key: 'hidden',
      sign: 'text',
      x: MARGIN,
      y: bottom + 8,
      w: width - 2 * MARGIN,
      h: 16,
      title: `and ${story.hidden} more kernel operations, in the other scenes and the timeline`,
      look: 'quiet',
    });
  return { figures, height: bottom + 32 };
}

function rowOf(world: World, row: Row, y: number, laneX: (lane: Lane) => number, width: number, step: number): Figure {
  const container =
    row.to === 'container' || row.from === 'container' ? [...world.containers.values()].at(-1) : undefined;
  const says = `${row.from === row.to ? row.to : `${row.from} to ${row.to}`}: ${row.text} ${row.detail}`.trim();
  const head = { key: row.key, opens: row.seq, look: row.look, says, ...(container ? { hue: container.hue } : {}) };
  const x = laneX(row.from);
  if (row.from === row.to)
    return {
      ...head,
      sign: 'slab',
      x: x - 5,
      y: y - 11,
      w: Math.min(width - x - MARGIN, Math.max(90, row.text.length * 7.4 + 18)),
      h: 22,
      title: row.text,
    };
  const to = laneX(row.to);
  return {
    ...head,
    sign: 'arrow',
    x: 0,
    y: 0,
    w: Math.max(step, width - Math.max(x, to) - 20),
    h: 0,
    points: [
      [x, y],
      [to, y],
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
