import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble, type Double } from '../../sys/double.ts';
import { LogReader } from './log-reader.ts';

const PATH = '/c/x-json.log';
const line = (log: string): string =>
  `${JSON.stringify({ log, stream: 'stdout', time: '2024-01-01T00:00:00.123Z' })}\n`;
const lines = (from: number, to: number, pad = ''): string =>
  Array.from({ length: to - from }, (_, i) => line(`${from + i}${pad}\n`)).join('');

let double: Double;
beforeEach(() => {
  double = installDouble();
});

/** What `--tail` shows, and how many bytes were read to find its beginning. */
function tail(wanted: number): { logs: string[]; readBytes: number } {
  const reader = LogReader.ended(PATH);
  const { end } = reader;
  const before = double.of('pread64').length;
  let from = reader.tail(wanted, end);
  const reads = double.of('pread64').slice(before);
  const logs: string[] = [];
  for (let piece = reader.read(from, end); piece; piece = reader.read(from, end)) {
    logs.push(...piece.entries.map((entry) => entry.log.trimEnd()));
    from = piece.next;
  }
  return { logs, readBytes: reads.reduce((sum, [, , length]) => sum + Number(length), 0) };
}

/** The same by reading everything, which is what it must come to. */
function lastOf(wanted: number): string[] {
  const reader = LogReader.ended(PATH);
  const logs: string[] = [];
  for (let piece = reader.read(); piece; piece = reader.read(piece.next))
    logs.push(...piece.entries.map((entry) => entry.log.trimEnd()));
  return wanted === 0 ? [] : logs.slice(-wanted);
}

describe('LogReader.tail', () => {
  it('reads a long log from its end, no further than it must', () => {
    double.files.set(PATH, lines(0, 20_000));
    const { logs, readBytes } = tail(3);
    expect(logs).toEqual(['19997', '19998', '19999']);
    expect(readBytes).toBeLessThan(10_000);
    expect(tail(5000).logs).toEqual(lastOf(5000));
  });

  it('goes on into the files that were full, as far as there are any', () => {
    double.files.set(`${PATH}.2`, lines(0, 4));
    double.files.set(`${PATH}.1`, lines(4, 8));
    double.files.set(PATH, lines(8, 10));
    for (const wanted of [0, 1, 2, 3, 6, 7, 10, 11, 1000]) expect(tail(wanted).logs).toEqual(lastOf(wanted));
    double.files.delete(`${PATH}.2`);
    expect(tail(100).logs).toEqual(['4', '5', '6', '7', '8', '9']);
  });

  it.each([
    ['nothing', ''],
    ['an end that a crash has cut', lines(0, 3) + line('lost\n').slice(0, 30)],
    ['an end that has lost its newline only', lines(0, 3) + line('there').slice(0, -1)],
    ['nothing but a cut line', line('lost').slice(0, 20)],
    ['lines that were cut, and empty ones', `${lines(0, 2)}{"log":"cu\n\n\n${lines(2, 4)}x"}\n${lines(4, 5)}`],
    ['zeros that a power cut left', `${lines(0, 2)}${'\0'.repeat(5000)}\n${lines(2, 4)}`],
    ['lines that look like an end', `${line('Z"}')}${line('{')}${line('Z"}{\n')}${line('\\n')}`],
    ['lines longer than a block', `${lines(0, 2)}${lines(2, 5, 'x'.repeat(16_000))}${lines(5, 7)}`],
    ['a line longer than a piece', `${lines(0, 2)}${line('"'.repeat(16 * 1024))}${lines(2, 3)}`],
    ['pieces of one line', line('a'.repeat(16_384)) + line('a'.repeat(16_384)) + line('end\n')],
  ])('shows the last of %s', (_, text) => {
    double.files.set(PATH, text);
    for (let wanted = 0; wanted < 9; wanted += 1) expect(tail(wanted).logs).toEqual(lastOf(wanted));
  });

  it('finds a line wherever the blocks that it reads begin', () => {
    for (let length = 8100; length < 8300; length += 1) {
      double.files.set(PATH, line('first') + line('x'.repeat(length)) + line('last'));
      expect(tail(1).logs).toEqual(['last']);
      expect(tail(2).logs.map((log) => log.length)).toEqual([length, 4]);
      expect(tail(3).logs[0]).toBe('first');
    }
  });
});

it('stops at the end that is given, though more is logged meanwhile', () => {
  double.files.set(PATH, lines(0, 3));
  const reader = LogReader.ended(PATH);
  const { end } = reader;
  double.files.set(PATH, lines(0, 5));
  const piece = reader.read(undefined, end);
  expect(piece?.entries.map((entry) => entry.log)).toEqual(['0\n', '1\n', '2\n']);
  expect(reader.read(piece?.next, end)).toBeUndefined();
});
