import { beforeEach, describe, expect, it } from 'vitest';
import { makeDaemon, type TestDaemon } from '../dockerd/double.ts';
import { addImage } from '../image/commit.ts';
import type { Image } from '../image/images.ts';
import { defaultConfig } from '../dockerd/container/defaults.ts';
import { BuildCache } from './cache.ts';

const nop = '/bin/sh -c #(nop) ';
const copy = (digit: string): string => `${nop}COPY file:${digit.repeat(64)} in / `;

let test: TestDaemon;
let base: Image;
beforeEach(() => {
  test = makeDaemon();
  base = test.daemon.images.require('busybox');
});

const child = (parent: Image, createdBy: string, created: string): Image =>
  addImage(test.daemon, parent, [], defaultConfig(), { created, created_by: createdBy });
const cache = (sources?: readonly Image[], on = true): BuildCache => new BuildCache(test.daemon, on, sources);

describe('the build cache', () => {
  it('finds the newest image of the same step from the same parent', () => {
    child(base, 'RUN x', '2024-01-01T00:00:00Z');
    const newer = child(base, 'RUN x', '2024-02-01T00:00:00Z');
    expect(cache().probe(base, 'RUN x', 'RUN')).toEqual({ image: newer });
    expect(cache().probe(newer, 'RUN x', 'RUN')).toEqual({ reason: 'nothing was built from this parent before' });
  });

  it.each([
    ['RUN y', 'RUN', 'no step from this parent has this instruction'],
    [copy('b'), 'COPY', 'the files are not the same as before'],
    ['|1 A=2 /bin/sh -c make', 'RUN', 'the build arguments are not the same as before'],
  ] as const)('says why %s was not there', (createdBy, name, reason) => {
    child(base, copy('a'), '2024-01-01T00:00:00Z');
    child(base, '|1 A=1 /bin/sh -c make', '2024-01-02T00:00:00Z');
    expect(cache().probe(base, createdBy, name)).toEqual({ reason });
  });

  it('has no more hits in a stage after a miss', () => {
    const known = child(base, 'RUN x', '2024-01-01T00:00:00Z');
    const one = cache();
    one.probe(base, 'RUN other', 'RUN');
    expect(one.probe(base, 'RUN x', 'RUN')).toEqual({ reason: 'an earlier step was built anew' });
    one.reset();
    expect(one.probe(base, 'RUN x', 'RUN')).toEqual({ image: known });
  });

  it('is off with --no-cache', () => {
    child(base, 'RUN x', '2024-01-01T00:00:00Z');
    expect(cache(undefined, false).probe(base, 'RUN x', 'RUN')).toEqual({ reason: 'the cache is off (--no-cache)' });
  });

  it('takes steps out of a pulled image with --cache-from', () => {
    const history = [
      { created: '2024-01-01T00:00:00Z', created_by: 'RUN x', empty_layer: true },
      { created: '2024-01-02T00:00:00Z', created_by: 'RUN y', empty_layer: true },
    ];
    const pulled = test.daemon.images.add(JSON.stringify({ ...base.config, history }));
    const one = cache([pulled]);
    const first = one.probe(base, 'RUN x', 'RUN');
    if (!('image' in first)) throw new Error(first.reason);
    expect(first.image.config.history).toEqual(history.slice(0, 1));
    expect(one.probe(first.image, 'RUN y', 'RUN')).toEqual({ image: pulled });
    expect(cache([]).probe(base, 'RUN x', 'RUN')).toEqual({ reason: 'no image of --cache-from has this step' });
    expect(cache([pulled]).probe(base, 'RUN z', 'RUN')).toEqual({ reason: 'no image of --cache-from has this step' });
  });
});
