import { describe, expect, it } from 'vitest';
import { matchesReference } from '../dockerd/api/image/list.ts';
import { installDouble } from '../sys/double.ts';
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
