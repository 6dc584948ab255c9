// The layout is pure: a World in, figures out. What a student reads off them must be what the kernel said.
import { describe, expect, it } from 'vitest';
import { figure, fold, group, host, id, span, started } from '../example.ts';
import type { Figure } from '../kit/figure.ts';
import { layout as layers, describe as layersInWords } from './layout.ts';
import { drums } from './outside.ts';

describe('what stands outside the layers', () => {
  const world = fold(
    ...started,
    {
      kind: 'mount',
      mntNs: 70,
      source: '/var/lib/docker/volumes/data/_data',
      target: '/data',
      fsType: 'bind',
      flags: 0x5001,
      result: 0,
    },
    { kind: 'mount', mntNs: 70, source: 'proc', target: '/proc', fsType: 'proc', flags: 0, result: 0 },
    { kind: 'mount', mntNs: 70, source: 'tmpfs', target: '/scratch', fsType: 'tmpfs', flags: 0, result: 0 },
    {
      kind: 'mount',
      mntNs: 3,
      source: 'overlay',
      target: '/merged',
      fsType: 'overlay',
      flags: 0,
      data: 'lowerdir=l/C:l/B,upperdir=/up,workdir=/w',
      result: 0,
    },
    span('container.config', { id, upperDir: '/up' }),
    {
      kind: 'process.seen',
      target: 51,
      parent: 1,
      title: 'nginx',
      innerPids: [51, 2],
      ns: { ...host, mnt: 70 },
      cgroup: group,
    },
    span('pull.layer', { image: 'nginx:latest', digest: 'sha256:aaaaaaaa', state: 'exists', current: 9, total: 9e6 }),
    span('pull.layer', {
      image: 'nginx:latest',
      digest: 'sha256:bbbbbbbb',
      state: 'downloading',
      current: 2e6,
      total: 8e6,
    }),
  );
  const { figures } = layers(world, 900, 800);

  it('is piped in: a volume as a drum, its mount read-only; a tmpfs has no drum', () => {
    expect(figure(figures, 'drum:/var/lib/docker/volumes/data/_data').title).toBe('data');
    const pipe = figure(figures, `pipe:${id}:/var/lib/docker/volumes/data/_data`);
    expect(pipe).toMatchObject({ look: 'pipe read-only', says: 'web sees it at /data, read-only' });
    expect(figures.filter((each) => each.look === 'mounted').map((each) => each.title)).toEqual([
      '/data (ro)',
      '/scratch tmpfs',
    ]);
  });

  it('hangs above all that stands below it, not only above those that it is piped into', () => {
    const figures: Figure[] = [];
    const source = { path: '/v/data', name: 'data', kind: 'volume' } as const;
    const mounts = new Map([['db', [{ target: '/data', source, readOnly: false, seq: 1 }]]]);
    const rooms = new Map([
      ['web', { x: 20, y: 300, w: 80 }],
      ['db', { x: 110, y: 500, w: 80 }],
    ]);
    drums(world, mounts, rooms, 14, 700, figures);
    const drum = figure(figures, 'drum:/v/data');
    expect(drum.x).toBeLessThan(100);
    expect(drum.y + drum.h).toBeLessThan(300);
  });

  it('travels: what is here already, what is on its way', () => {
    expect(figure(figures, 'travel:pull:sha256:aaaaaaaa')).toMatchObject({ detail: 'already here · 9.0 MB', share: 0 });
    expect(figure(figures, 'travel:pull:sha256:bbbbbbbb')).toMatchObject({
      detail: 'downloading 2.0 MB of 8.0 MB',
      share: 0.25,
    });
    expect(layersInWords(world)[0]).toContain('pull nginx:latest from the registry: layer aaaaaa already here');
  });
});
