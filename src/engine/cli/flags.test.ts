import { describe, expect, it } from 'vitest';
import { parseBytes, parseDuration, parseFlags, type FlagSpec } from './flags.ts';
import { humanDuration, humanSize } from './format/units.ts';
import { table } from './format/table.ts';

const specs: FlagSpec[] = [
  { name: 'detach', short: 'd', type: 'bool', help: '' },
  { name: 'interactive', short: 'i', type: 'bool', help: '' },
  { name: 'publish', short: 'p', type: 'list', help: '' },
  { name: 'memory', short: 'm', type: 'bytes', help: '' },
  { name: 'name', type: 'string', help: '' },
];

describe('parseFlags', () => {
  it('reads clusters, attached values and lists, and stops at the image', () => {
    const { flags, args } = parseFlags(
      ['-dip', '80:80', '--publish=81:81', '-m64m', '--name', 'x', 'nginx', '-d', '--foo'],
      specs,
      false,
    );
    expect(flags.bool('detach') && flags.bool('interactive')).toBe(true);
    expect(flags.list('publish')).toEqual(['80:80', '81:81']);
    expect(flags.number('memory')).toBe(64 * 1024 * 1024);
    expect(flags.text('name')).toBe('x');
    expect(args).toEqual(['nginx', '-d', '--foo']);
  });
  it('takes flags after arguments where they may stand, and everything after --', () => {
    expect(parseFlags(['a', '-d', '--', '-x'], specs, true).args).toEqual(['a', '-x']);
    expect(parseFlags(['--detach=false'], specs, true).flags.bool('detach')).toBe(false);
  });
  it.each([
    [['--foo'], 'unknown flag: --foo'],
    [['-dz'], "unknown shorthand flag: 'z' in -dz"],
    [['--name'], 'flag needs an argument: --name'],
    [['-p'], "flag needs an argument: 'p' in -p"],
    [['-m', 'abc'], `invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'`],
  ])('%j', (argv, message) => expect(() => parseFlags(argv, specs, true)).toThrow(message));
});

describe('units', () => {
  it('reads sizes and durations', () => {
    expect([parseBytes('512'), parseBytes('1.5g'), parseBytes('2KiB'), parseBytes('x')]).toEqual([
      512,
      1610612736,
      2048,
      undefined,
    ]);
    expect([parseDuration('1m30s'), parseDuration('500ms'), parseDuration('5')]).toEqual([90e9, 5e8, undefined]);
  });
  it('writes them in Docker’s words', () => {
    expect([humanSize(0), humanSize(1234), humanSize(4268032), humanSize(74.8e6)]).toEqual([
      '0B',
      '1.23kB',
      '4.27MB',
      '74.8MB',
    ]);
    expect([0, 1, 59, 60, 3599, 3600, 90000].map(humanDuration)).toEqual([
      'Less than a second',
      '1 second',
      '59 seconds',
      'About a minute',
      '59 minutes',
      'About an hour',
      '25 hours',
    ]);
  });
  it('aligns columns', () =>
    expect(
      table([
        ['A', 'BB'],
        ['ccc', 'd'],
      ]),
    ).toBe('A     BB\nccc   d\n'));
});
