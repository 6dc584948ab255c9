// The story of one command: what the client asked, what the engine's processes did for it, what the kernel did for
// them, in order of time. Spans say why; operations are the kernel's own word.
import type { Operation, Span, World } from '../../sim/world.ts';
import { shareOf, shortDigest, stateInWords } from '../kit/transfers.ts';

/** Who stands on the stage, left to right. */
export const lanes = ['docker', 'dockerd', 'containerd', 'containerd-shim', 'runc', 'container'] as const;
export type Lane = (typeof lanes)[number];

export interface Row {
  readonly key: string;
  readonly timeNs: number;
  readonly seq: number;
  /** A message from one lane to another, or work in one (`from` equals `to`). */
  readonly from: Lane;
  readonly to: Lane;
  readonly text: string;
  readonly detail: string;
  readonly look: 'request' | 'call' | 'kernel' | 'exec' | 'exit' | 'pull' | 'failed';
  /** How much of it is done, 0 to 1, where that is told. */
  readonly share?: number;
  /** The container that it is about. */
  readonly container?: string;
}

export interface Story {
  readonly command: Span;
  readonly rows: readonly Row[];
  /** How many kernel operations were left out between the rows. */
  readonly hidden: number;
}

/** The last commands of the client, newest last. */
export function commands(world: World): Span[] {
  return [...world.spans.values()].filter((span) => span.name === 'cli').sort((a, b) => a.seq - b.seq);
}

/** The story of the newest command that has something to tell, or undefined. */
export function newestStory(world: World): Story | undefined {
  const command = commands(world).at(-1);
  return command && storyOf(world, command);
}

/** All that belongs to a command: what its spans say, and what the kernel did in the engine's processes meanwhile. */
export function storyOf(world: World, command: Span): Story {
  const until = command.endedNs ?? Infinity;
  const rows: Row[] = [];
  for (const span of world.spans.values()) {
    if (span.beganNs < command.beganNs || span.beganNs > until || span.id === command.id) continue;
    const row = spanRow(span);
    if (row) rows.push(row);
  }
  rows.push(...transferRows(world, command, rows));
  let hidden = 0;
  for (const operation of world.operations) {
    if (operation.timeNs < command.beganNs || operation.timeNs > until) continue;
    const row = operationRow(world, operation);
    if (row) rows.push(row);
    else hidden++;
  }
  rows.sort((a, b) => a.timeNs - b.timeNs || a.seq - b.seq);
  if (rows.length === 0 && command.endedNs !== undefined) rows.push(askedNobody(command, command.endedNs));
  return { command, rows, hidden };
}

/** Help, a mistyped flag: the client's own answer. */
function askedNobody({ id, seq }: Span, timeNs: number): Row {
  const row = { key: `alone:${id}`, timeNs, seq, from: 'docker', to: 'docker', look: 'call' } as const;
  return { ...row, text: 'answered by the client itself', detail: 'dockerd was not asked' };
}

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

function spanRow(span: Span): Row | undefined {
  const took = span.endedNs === undefined ? '' : milliseconds(span.endedNs - span.beganNs);
  const head = { key: `span:${span.id}`, timeNs: span.beganNs, seq: span.seq };
  if (span.name === 'request' && span.component === 'docker') {
    const status = text(span.attributes['status']);
    return {
      ...head,
      from: 'docker',
      to: 'dockerd',
      text: `${text(span.attributes['method'])} ${shortPath(text(span.attributes['path']))}`,
      detail: [status, took].filter(Boolean).join(' · '),
      look: Number(status) >= 400 ? 'failed' : 'request',
    };
  }
  if (span.name !== 'container') return undefined;
  const op = text(span.attributes['op']) || span.name;
  const container = text(span.attributes['id']);
  const about = container === '' ? {} : { container };
  // containerd's own `shim` span is the start of a shim; every other one is a call to the component that tells it.
  const to: Lane = op === 'shim' ? 'containerd-shim' : (span.component as Lane);
  const from = op === 'exit' ? 'container' : (lanes[Math.max(0, lanes.indexOf(to) - 1)] ?? 'dockerd');
  const words = op === 'shim' ? 'start a shim' : to === 'runc' ? `runc ${op}` : op;
  return { ...head, from, to, text: words, detail: took, look: 'call', ...about };
}

/** Layers that travelled, or were there already, since the command began: below the request that asked for them. */
function transferRows(world: World, command: Span, rows: readonly Row[]): Row[] {
  return [...world.transfers.values()]
    .filter((transfer) => transfer.seq > command.seq)
    .flatMap((transfer, i): Row[] => {
      const asked = rows.find((row) => ASKS[transfer.direction].test(row.text));
      if (!asked) return [];
      return [
        {
          key: `${transfer.direction}:${transfer.digest}`,
          timeNs: asked.timeNs + i + 1,
          seq: transfer.seq,
          from: 'dockerd',
          to: 'dockerd',
          text: `${transfer.direction === 'pull' ? '⇣' : '⇡'} layer ${shortDigest(transfer)}`,
          detail: stateInWords(transfer),
          look: 'pull',
          share: shareOf(transfer),
        },
      ];
    });
}

const ASKS = { pull: /\/images\/create|\/build/, push: /\/push(?:\?|$)/ } as const;

/** `/containers/1f2e…(64 digits)/start` keeps its shape and loses the digits. */
function shortPath(path: string): string {
  const [bare = '', parameters] = path.split('?');
  return `${bare.replace(/[0-9a-f]{64}/g, (id) => id.slice(0, 6))}${parameters ? '?…' : ''}`;
}

/** The container's own first steps are told one by one; the engine's work in the kernel is summed up elsewhere. */
function operationRow(world: World, operation: Operation): Row | undefined {
  const head = { key: `op:${operation.seq}`, timeNs: operation.timeNs, seq: operation.seq };
  const lane = laneOf(operation);
  if (operation.name === 'execve' && operation.container !== undefined)
    return {
      ...head,
      from: 'runc',
      to: 'container',
      text: operation.label.replace(/^execve \/\S*\//, 'execve '),
      detail: `PID ${operation.pid}`,
      look: 'exec',
      container: operation.container,
    };
  if (
    operation.name === 'exit_group' &&
    world.containers.get(operation.container ?? '')?.exitCode !== undefined &&
    lane === 'container'
  )
    return {
      ...head,
      from: 'container',
      to: 'containerd-shim',
      text: operation.label,
      detail: `PID ${operation.pid}`,
      look: 'exit',
      ...(operation.container === undefined ? {} : { container: operation.container }),
    };
  const told =
    ['pivot_root', 'sethostname', 'RTM_SETLINK', 'mkdir', 'IPT_SO_SET_REPLACE'].includes(operation.name) ||
    (operation.name === 'mount' && operation.args['type'] === 'overlay');
  if (!told || lane === undefined) return undefined;
  return { ...head, from: lane, to: lane, text: brief(operation.label), detail: '', look: 'kernel' };
}

/** Long names of Docker's directories and cgroups keep their telling ends. */
function brief(label: string): string {
  return label
    .replace(/\/var\/lib\/docker\/overlay2\/([0-9a-f]{6})[0-9a-f]*/g, '…/overlay2/$1…')
    .replace(/\/docker\/([0-9a-f]{6})[0-9a-f]{58}/g, '/docker/$1…')
    .replace(/(pivot_root) .*\/(merged|\.)$/, '$1 $2');
}

/** Which lane a process stands in, by its name. */
function laneOf(operation: Operation): Lane | undefined {
  const { comm } = operation;
  if (comm.startsWith('runc')) return 'runc';
  if (comm.startsWith('containerd-shim')) return 'containerd-shim';
  if (comm.startsWith('containerd')) return 'containerd';
  if (comm.startsWith('dockerd')) return 'dockerd';
  if (comm.startsWith('docker')) return 'docker';
  return operation.container === undefined ? undefined : 'container';
}

/** `3.4 ms`, `120 ms`. */
export function milliseconds(ns: number): string {
  const ms = ns / 1e6;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** The command line as it was typed. */
export function commandLine(command: Span): string {
  const argv = command.attributes['argv'];
  return Array.isArray(argv) ? argv.join(' ') : 'docker';
}
