// From the engine's spans to the picture of a build.
import { describe, expect, it } from 'vitest';
import type { SpanMarker } from '../../protocol/spans.ts';
import type { WorldEvent } from '../../protocol/events.ts';
import { reduce } from '../../sim/reduce.ts';
import { emptyWorld, type World } from '../../sim/world.ts';
import { describe as inWords, layout } from './layout.ts';

const container = 'ab'.repeat(32);
const layer = `sha256:${'c'.repeat(64)}`;

type Marker = Omit<SpanMarker, 'c'>;

const fold = (...markers: Marker[]): World =>
  markers
    .map((marker, i) => ({
      kind: 'span' as const,
      span: { c: 'dockerd' as const, ...marker },
      pid: 7,
      comm: 'dockerd',
      seq: i + 1,
      timeNs: (i + 1) * 250e6,
    }))
    .reduce((world: World, event) => reduce(world, event as WorldEvent), emptyWorld);

const step = (n: number, instruction: string, stage = 0): Marker => ({
  k: 'b',
  id: `7.${n}`,
  p: '7.0',
  n: 'build.step',
  a: { step: n, of: 4, stage, instruction },
});
const ended = (n: number, a: Record<string, unknown>): Marker => ({ k: 'e', id: `7.${n}`, n: 'build.step', a });
const started: Marker = {
  k: 'b',
  id: '7.0',
  n: 'build',
  a: { dockerfile: 'Dockerfile', tags: ['app:1'], steps: 4 },
};
const running: Marker[] = [
  started,
  step(1, 'FROM busybox AS base'),
  ended(1, { cached: true, reason: '', image: 'sha256:1' }),
  step(2, 'ENV A=b'),
  ended(2, { cached: true, reason: '', image: 'sha256:2' }),
  step(3, 'COPY . /app'),
  ended(3, {
    cached: false,
    reason: 'the files are not the same as before',
    image: 'sha256:3',
    layer,
    dir: 'x',
    bytes: 2048,
  }),
  step(4, 'RUN make'),
  { k: 'i', id: '7.9', p: '7.4', n: 'container.config', a: { id: container, name: 'busy_bee', image: 'sha256:3' } },
];

describe('the build scene', () => {
  it('says what to type when nothing was built', () => {
    const { figures } = layout(emptyWorld, 800, 600);
    expect(figures.find(({ command }) => command)?.command).toContain('docker build');
    expect(inWords(emptyWorld)).toEqual(['Nothing was built yet.']);
  });

  it('shows hits, misses with their reason, the layer that was born and the container that works', () => {
    const world = fold(...running);
    expect(inWords(world)).toEqual([
      'Dockerfile → app:1: 4 of 4 steps; 1 from the cache, 1 done, 1 under way.',
      'Step 1, FROM busybox AS base: ready.',
      'Step 2, ENV A=b: from the cache.',
      'Step 3, COPY . /app: done 250 ms (the files are not the same as before); layer cccccc, 2 kB.',
      'Step 4, RUN make: running.',
    ]);
    const { figures } = layout(world, 900, 600);
    const titles = (sign: string): (string | undefined)[] => figures.filter((f) => f.sign === sign).map((f) => f.title);
    expect(titles('room')).toEqual(['base']);
    expect(titles('slab')).toEqual([
      '1  FROM busybox AS base',
      '2  ENV A=b',
      '3  COPY . /app',
      'cccccc',
      '4  RUN make',
    ]);
    expect(titles('pill')).toEqual(['busy_bee']);
    expect(figures.find((f) => f.title === '3  COPY . /app')?.note).toBe('the files are not the same as before');
    for (const f of figures) expect(f.x + f.w).toBeLessThanOrEqual(900);
  });

  it('tells how it ended', () => {
    const error = "The command '/bin/sh -c make' returned a non-zero code: 2";
    const failed = fold(...running, ended(4, { error }), { k: 'e', id: '7.0', n: 'build', a: { error } });
    expect([...failed.builds.values()][0]).toMatchObject({ state: 'failed', error });
    expect(inWords(failed)[0]).toContain('the build failed');
    expect(inWords(failed).at(-1)).toBe(`Step 4, RUN make: failed 500 ms (${error}).`);
    const done = fold(...running, ended(4, { cached: false, reason: 'r' }), {
      k: 'e',
      id: '7.0',
      n: 'build',
      a: { image: 'sha256:4' },
    });
    expect(inWords(done)[0]).toContain('built in 2.5 s');
  });
});
