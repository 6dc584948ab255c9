import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../dockerd/container/defaults.ts';
import { matchesReference } from '../dockerd/api/image/list.ts';
import { installDouble } from '../sys/double.ts';
import { applyChanges, pairsOf, wordsOf } from './changes.ts';
import { chainIdsOf } from './layers.ts';
import { reporting, throttled } from './progress.ts';

installDouble();

it('chain IDs name a layer with all beneath it', () => {
  const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
  const chain = chainIdsOf([a, b]);
  expect(chain[0]).toBe(a);
  expect(chain[1]).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(chainIdsOf([a, b])).toEqual(chain);
  expect(chainIdsOf([b, a])[1]).not.toBe(chain[1]);
});

describe('changes', () => {
  it('are Dockerfile instructions', () => {
    const config = applyChanges(defaultConfig(), [
      'CMD ["a","b"]',
      'ENTRYPOINT run it',
      'ENV A=1 B="two words"\nENV A=3',
      'LABEL x=y',
      'EXPOSE 80 53/udp',
      'VOLUME /data',
      'USER me',
      'WORKDIR sub',
    ]);
    expect(config).toMatchObject({
      Cmd: ['a', 'b'],
      Entrypoint: ['/bin/sh', '-c', 'run it'],
      Env: ['B=two words', 'A=3'],
      Labels: { x: 'y' },
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Volumes: { '/data': {} },
      User: 'me',
      WorkingDir: '/sub',
    });
    expect(() => applyChanges(defaultConfig(), ['RUN x'])).toThrow('RUN is not a valid change command');
  });
  it('split words as a shell would', () => {
    expect(wordsOf(`a "b c" d\\ e 'f"g'`)).toEqual(['a', 'b c', 'd e', 'f"g']);
    expect(pairsOf('NAME some value')).toEqual([['NAME', 'some value']]);
  });
});

it('references match by pattern', () => {
  expect(matchesReference('busybox', 'busybox:latest')).toBe(true);
  expect(matchesReference('busy*', 'busybox:latest')).toBe(true);
  expect(matchesReference('busybox:1*', 'busybox:latest')).toBe(false);
  expect(matchesReference('*/*', 'team/app:1')).toBe(true);
});

describe('progress', () => {
  const collect = (): {
    out: { write(bytes: Uint8Array): Promise<void>; end(): Promise<void> };
    text: () => string;
  } => {
    let text = '';
    return {
      out: { write: async (bytes) => void (text += new TextDecoder().decode(bytes)), end: async () => undefined },
      text: () => text,
    };
  };
  it('ends with the error, since the status is gone already', async () => {
    const { out, text } = collect();
    await reporting(out, async (report) => {
      report({ status: 'Pulling' });
      throw new Error('no');
    });
    expect(text()).toBe('{"status":"Pulling"}\r\n{"errorDetail":{"message":"no"},"error":"no"}\r\n');
  });
  it('is told ten times a second at most', () => {
    const seen: number[] = [];
    const report = throttled((current) => seen.push(current));
    for (let n = 0; n < 50; n += 1) report(n);
    expect(seen).toEqual([0]);
  });
});
