import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble, type Double } from '../../sys/double.ts';
import { defaultConfig } from './defaults.ts';
import { JsonLog, readLog } from './json-log.ts';
import { attributesOf } from './logging.ts';
import { select } from '../api/container/logs.ts';

let double: Double;
beforeEach(() => {
  double = installDouble();
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('JsonLog', () => {
  it('writes whole lines as they come and the rest at the end', () => {
    const log = new JsonLog('/c/x-json.log');
    log.write('stdout', bytes('one\ntwo\nthr'));
    log.write('stdout', bytes('ee\n'));
    log.write('stderr', bytes('half'));
    expect(readLog('/c/x-json.log').map((entry) => entry.log)).toEqual(['one\n', 'two\n', 'three\n']);
    log.close();
    expect(readLog('/c/x-json.log').at(-1)).toMatchObject({ log: 'half', stream: 'stderr' });
    expect(double.files.get('/c/x-json.log')?.split('\n')[0]).toBe(
      '{"log":"one\\n","stream":"stdout","time":"2023-11-14T22:13:20Z"}',
    );
  });

  it('adds what was asked for beside each line', () => {
    const container = {
      id: 'f'.repeat(64),
      name: 'web',
      imageId: `sha256:${'e'.repeat(64)}`,
      config: { ...defaultConfig(), Image: 'nginx', Labels: { tier: 'front', team: 'a' }, Env: ['MODE=x', 'KEY=y'] },
    };
    const attrs = attributesOf(container, { labels: 'tier,none', 'env-regex': '^M', tag: '{{.Name}}/{{.ID}}' });
    expect(attrs).toEqual({ tier: 'front', MODE: 'x', tag: `web/${'f'.repeat(12)}` });
    expect(attributesOf(container, { 'max-size': '1k' })).toBeUndefined();
    const log = new JsonLog('/c/x-json.log', undefined, { tier: 'front' });
    log.write('stdout', bytes('one\n'));
    expect(double.files.get('/c/x-json.log')).toContain(',"stream":"stdout","attrs":{"tier":"front"},"time":');
    expect(readLog('/c/x-json.log')[0]).toMatchObject({ log: 'one\n', attrs: { tier: 'front' } });
  });

  it('cuts a line at 16 KiB', () => {
    const log = new JsonLog('/c/x-json.log');
    log.write('stdout', bytes('x'.repeat(16 * 1024)));
    expect(readLog('/c/x-json.log')).toHaveLength(1);
  });

  it('keeps a character that is cut in two whole', () => {
    const log = new JsonLog('/c/x-json.log');
    const e = bytes('é\n');
    log.write('stdout', e.slice(0, 1));
    log.write('stdout', e.slice(1));
    expect(readLog('/c/x-json.log')[0]?.log).toBe('é\n');
  });

  it('turns over when it is full', () => {
    const log = new JsonLog('/c/x-json.log', { maxSizeBytes: 100, maxFiles: 2 });
    log.write('stdout', bytes('a\nb\nc\nd\n'));
    log.write('stdout', bytes('e\n'));
    expect(readLog('/c/x-json.log').map((entry) => entry.log)).toEqual(['c\n', 'd\n', 'e\n']);
    expect(readLog('/c/x-json.log.1').map((entry) => entry.log)).toEqual(['c\n', 'd\n']);
  });

  it('tells followers', () => {
    const log = new JsonLog('/c/x-json.log');
    const seen: string[] = [];
    const off = log.follow((entries) => seen.push(...entries.map((entry) => entry.log)));
    log.write('stdout', bytes('a\nb\n'));
    off();
    log.write('stdout', bytes('c\n'));
    expect(seen).toEqual(['a\n', 'b\n']);
  });
});

describe('select', () => {
  const entry = (log: string, second: number, stream: 'stdout' | 'stderr' = 'stdout') => ({
    log,
    stream,
    time: `2024-01-01T00:00:0${second}Z`,
  });
  const entries = [entry('a', 1), entry('b', 2, 'stderr'), entry('c', 3)];
  const all = { stdout: true, stderr: true, since: null, until: null, timestamps: false, details: false, tail: -1 };
  it('takes streams, times and a tail', () => {
    expect(select(entries, { ...all, stderr: false })).toHaveLength(2);
    expect(select(entries, { ...all, tail: 1 }).map(({ log }) => log)).toEqual(['c']);
    expect(select(entries, { ...all, tail: 0 })).toEqual([]);
    const seconds = Date.parse('2024-01-01T00:00:02Z') / 1000;
    expect(select(entries, { ...all, since: { seconds, nanos: 0 } }).map(({ log }) => log)).toEqual(['b', 'c']);
    expect(select(entries, { ...all, until: { seconds, nanos: 0 } }).map(({ log }) => log)).toEqual(['a', 'b']);
  });
});
