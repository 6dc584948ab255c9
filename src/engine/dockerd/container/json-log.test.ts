import { beforeEach, describe, expect, it } from 'vitest';
import { turn } from '../../loop/loop.ts';
import { installDouble, type Double } from '../../sys/double.ts';
import { defaultConfig } from './defaults.ts';
import { JsonLog } from './json-log.ts';
import { readLog } from './log-reader.ts';
import { attributesOf } from './logging.ts';
import { select } from '../api/container/logs.ts';

let double: Double;
beforeEach(() => {
  double = installDouble();
});
const line = (log: string): string => `${JSON.stringify({ log, stream: 'stdout', time: '2024-01-01T00:00:00Z' })}\n`;
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

  it('logs a long line in pieces of 16 KiB, and no character in two', () => {
    const log = new JsonLog('/c/x-json.log');
    const line = `${'x'.repeat(16 * 1024 - 1)}é${'y'.repeat(30_000)}\n`;
    log.write('stdout', bytes(`short\n${line.slice(0, 20_000)}`));
    log.write('stdout', bytes(`${line.slice(20_000)}next\n`));
    log.write('stdout', bytes('z'.repeat(16 * 1024)));
    const logged = readLog('/c/x-json.log').map((entry) => entry.log);
    expect(logged.map((text) => text.length)).toEqual([6, 16383, 16383, 13619, 5, 16384]);
    expect(logged.slice(1, 4).join('')).toBe(line);
  });

  it('writes each line as JSON has it, whatever stands in it', () => {
    const odd = ['', '"', '","', '\\', '\\n', 'a\\","b', '\\\\', '\t\r\u0000', 'é € 😀', '{"log":"x\\n"}', '[', ' '];
    for (const lines of [odd, odd.filter((line) => !line.includes('\\')), [''], ['', '']]) {
      double.files.clear();
      const log = new JsonLog('/c/x-json.log');
      log.write('stderr', bytes(lines.map((line) => `${line}\n`).join('')));
      const tail = ',"stream":"stderr","time":"2023-11-14T22:13:20Z"}\n';
      const wanted = lines.map((line) => `{"log":${JSON.stringify(`${line}\n`)}${tail}`).join('');
      expect(double.files.get('/c/x-json.log')).toBe(wanted);
    }
  });

  it('lets others have their turn while tiny lines come without a pause, and has all of them in the end', async () => {
    const log = new JsonLog('/c/x-json.log');
    const count = (): number => readLog('/c/x-json.log').length;
    expect(log.write('stdout', bytes('a\n'.repeat(100)))).toBeUndefined();
    const waiting = log.write('stdout', bytes('y\n'.repeat(8000)));
    expect(count()).toBeLessThan(3000);
    for (let turns = 0; turns < 20; turns += 1) {
      turn(true);
      await Promise.resolve();
    }
    await waiting;
    expect(count()).toBe(8100);
    void log.write('stdout', bytes('y\n'.repeat(8000)));
    log.close();
    expect(count()).toBe(16_100);
  });

  it('begins a new line behind one that a crash has cut', () => {
    double.files.set('/c/x-json.log', `${line('whole')}{"log":"cu`);
    new JsonLog('/c/x-json.log').write('stdout', bytes('next\n'));
    expect(readLog('/c/x-json.log').map((entry) => entry.log)).toEqual(['whole', 'next\n']);
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
  it('takes streams and times', () => {
    expect(select(entries, { ...all, stderr: false })).toHaveLength(2);
    const seconds = Date.parse('2024-01-01T00:00:02Z') / 1000;
    expect(select(entries, { ...all, since: { seconds, nanos: 0 } }).map(({ log }) => log)).toEqual(['b', 'c']);
    expect(select(entries, { ...all, until: { seconds, nanos: 0 } }).map(({ log }) => log)).toEqual(['a', 'b']);
  });
});
