// What the tests of the scenes' layouts share: a World folded from events as the kernel and the engine tell them, with one container in it.
import type { EventBody, WorldEvent } from '../protocol/events.ts';
import { reduce } from '../sim/reduce.ts';
import { emptyWorld, type World } from '../sim/world.ts';
import type { Figure } from './kit/figure.ts';

export const id = 'ab'.repeat(32);
export const group = `/docker/${id}`;
export const host = { pid: 1, net: 2, mnt: 3, uts: 4, ipc: 5, cgroup: 6 };
export const cacheId = (letter: string): string => letter.repeat(64);

export function fold(...bodies: (EventBody & { pid?: number })[]): World {
  const events = bodies.map(
    (body, i) => ({ pid: 0, comm: 'x', ...body, seq: i + 1, timeNs: (i + 1) * 1e6 }) as WorldEvent,
  );
  return events.reduce(reduce, emptyWorld);
}

export const span = (n: string, a: Record<string, unknown>): EventBody => ({
  kind: 'span',
  span: { k: 'i', id: '1.1', c: 'dockerd', n, a },
});
export const started: (EventBody & { pid?: number })[] = [
  { kind: 'process.seen', target: 1, parent: 0, title: 'init', innerPids: [1], ns: host },
  span('container.config', {
    id,
    name: 'web',
    image: 'nginx',
    layers: ['cccccccccccc', 'bbbbbbbbbbbb'],
    cgroup: group,
  }),
  { kind: 'cgroup.mkdir', path: group, id: 9 },
  {
    kind: 'process.seen',
    target: 50,
    parent: 1,
    title: 'nginx -g',
    innerPids: [50, 1],
    ns: { ...host, pid: 4026532033, net: 4026532034 },
    cgroup: group,
  },
];
export const figure = (figures: readonly Figure[], key: string): Figure => {
  const found = figures.find((each) => each.key === key);
  if (!found) throw new Error(`no figure ${key} among ${figures.map((each) => each.key).join(' ')}`);
  return found;
};
