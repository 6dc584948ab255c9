// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../protocol/events.ts';
import { cacheId, figure, fold, span, started } from '../example.ts';
import { layout as layers } from './layout.ts';

describe('layers', () => {
  const layer = (letter: string, bytes: number) => ({
    diffId: `sha256:${letter.repeat(64)}`,
    chainId: '',
    dir: `/var/lib/docker/overlay2/${cacheId(letter)}/diff`,
    bytes,
  });
  const world = fold(
    ...started,
    // A long image is told in two markers.
    span('image', { id: 'sha256:1', tags: ['nginx:latest'], layers: [layer('b', 60e6)], part: 0, parts: 2 }),
    span('image', { id: 'sha256:1', tags: ['nginx:latest'], layers: [layer('c', 9e6)], part: 1, parts: 2 }),
    span('image', { id: 'sha256:2', tags: ['debian:12'], layers: [layer('b', 60e6)] }),
    {
      kind: 'mount',
      pid: 50,
      mntNs: 3,
      source: 'overlay',
      target: '/merged',
      fsType: 'overlay',
      flags: 0,
      data: 'lowerdir=l/CCC:l/BBB,upperdir=/up,workdir=/w',
      result: 0,
    },
    { kind: 'file', pid: 50, overlayDev: 0, change: 'copy-up', path: '/etc' },
    { kind: 'file', pid: 50, overlayDev: 0, change: 'copy-up', path: '/etc/passwd' },
  );

  it('stands each layer once, by the digest of the image and the name that the kernel was given', () => {
    const { figures } = layers(world, 700, 600);
    expect(figure(figures, 'layer:cccccccccccc')).toMatchObject({ title: 'cccccc', detail: '9.0 MB' });
    expect(figure(figures, 'layer:bbbbbbbbbbbb').says).toContain('lowerdir l/BBB');
    expect(figures.filter((each) => each.sign === 'slab')).toHaveLength(2);
  });

  it('draws a layer on each of those that it stands on, as the containers’ init layer does', () => {
    const [init, second] = ['d'.repeat(64), 'ab'.repeat(31) + 'cc'];
    const mounted = (upper: string, below: string): EventBody => ({
      kind: 'mount',
      mntNs: 3,
      source: 'overlay',
      target: `/${upper}`,
      fsType: 'overlay',
      flags: 0,
      data: `lowerdir=/var/lib/docker/overlay2/${init}-init/diff:/var/lib/docker/overlay2/${below}/diff,upperdir=/${upper}`,
      result: 0,
    });
    const two = fold(
      ...started,
      span('container.config', { id: second, name: 'db', image: 'busybox', cgroup: `/docker/${second}` }),
      mounted('one', cacheId('b')),
      mounted('two', cacheId('c')),
    );
    const slabs = layers(two, 700, 600).figures.filter((each) => each.sign === 'slab');
    expect(slabs.filter((each) => each.title?.startsWith('init'))).toHaveLength(2);
    expect(new Set(slabs.map(({ key }) => key)).size).toBe(4);
  });

  it('makes columns narrower before it scrolls sideways', () => {
    const many = fold(
      ...started,
      ...Array.from({ length: 6 }, (_, i): EventBody => ({
        kind: 'mount',
        mntNs: 3,
        source: 'overlay',
        target: `/${i}`,
        fsType: 'overlay',
        flags: 0,
        data: `lowerdir=l/BBB,upperdir=/up${i}`,
        result: 0,
      })),
    );
    expect(layers(many, 640, 600).width).toBe(640);
    expect(layers(many, 300, 600).width).toBeGreaterThan(300);
  });

  it('tells of the file that changed, not of the directories that were copied up for it', () => {
    const ticks = layers(world, 700, 600).figures.filter(
      (each) => each.sign === 'tick' && each.key.startsWith('file:'),
    );
    expect(ticks.map((tick) => `${tick.detail} ${tick.title}`)).toEqual(['~ /etc/passwd']);
  });
});
