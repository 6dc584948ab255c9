// Each check: false on an empty machine, true on the state that it asks for, with a word on what is missing.
import { describe, expect, it } from 'vitest';
import { emptyWorld, type Container, type Overlay, type Process, type World } from '../../sim/world.ts';
import type { CheckContext } from '../check.ts';
import { checks } from './index.ts';

const id = 'ab'.repeat(32);
const cgroup = `/docker/${id}`;
const container: Container = {
  id,
  name: 'box',
  image: 'busybox',
  hue: 1,
  state: 'running',
  cgroup,
  config: {},
  seq: 1,
};
const shell: Process = {
  pid: 90,
  parent: 1,
  title: 'sh',
  path: '/bin/sh',
  argv: ['sh'],
  innerPids: [90, 1],
  ns: { pid: 7 },
  cgroup,
  startedNs: 0,
  seq: 1,
};
const overlay: Overlay = {
  key: 'k',
  lowerdirs: [],
  target: '/merged',
  mntNs: 1,
  container: id,
  files: new Map([['note.txt', { path: 'note.txt', change: 'added', copiedUp: false, seq: 2 }]]),
  seq: 1,
};
const full: World = {
  ...emptyWorld,
  processes: new Map([[90, shell]]),
  containers: new Map([[id, container]]),
  overlays: new Map([['k', overlay]]),
};

function context(world: World, listed: unknown[], extra: Partial<CheckContext> = {}): CheckContext {
  return {
    world,
    ports: [],
    get: async (path) => (path.includes('/json?all') ? listed : { State: { ExitCode: 0, FinishedAt: '' } }),
    ...extra,
  };
}
const busybox = (State: string): unknown => ({ Id: id, Image: 'busybox', State, Names: ['/box'] });
const port = { hostIp: '0.0.0.0', hostPort: 8080, protocol: 'tcp', destination: '172.17.0.2:80' } as const;

const cases: readonly (readonly [name: string, args: unknown, met: CheckContext, not: CheckContext])[] = [
  ['container-ran', { image: 'busybox' }, context(full, [busybox('exited')]), context(full, [busybox('running')])],
  [
    'container-running',
    { image: 'busybox', name: 'box' },
    context(full, [busybox('running')]),
    context(emptyWorld, [busybox('running')]),
  ],
  ['process-in-container', { image: 'busybox', program: 'sh' }, context(full, [busybox('running')]), context(full, [])],
  ['file-in-container', { path: '/note.txt' }, context(full, []), context(emptyWorld, [])],
  ['port-published', { port: 8080, to: 80 }, context(full, [], { ports: [port] }), context(full, [])],
  ['container-gone', { images: ['busybox'] }, context(emptyWorld, []), context(full, [busybox('exited')])],
];

describe('checks', () => {
  it('are all tested', () => expect(cases.map(([name]) => name).sort()).toEqual(Object.keys(checks).sort()));
  it.each(cases)('%s', async (name, args, met, not) => {
    expect(await checks[name]?.run(met, args)).toEqual({ met: true });
    const result = await checks[name]?.run(not, args);
    expect(result?.met).toBe(false);
    expect(result?.met === false && result.missing).toBeTruthy();
  });
});
