import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { parseMount } from './flags.ts';
import type { Instruction } from './instruction.ts';
import { findStage, parseDockerfile } from './parse.ts';

beforeEach(() => void installDouble());

const one = (text: string): Instruction => {
  const [instruction] = parseDockerfile(`FROM a\n${text}`).stages[0]?.instructions ?? [];
  if (!instruction) throw new Error('no instruction');
  return instruction;
};

describe('lines', () => {
  it('are joined where they go on, without comments and empty lines in between', () => {
    const { stages, emptyContinuations } = parseDockerfile('FROM a\nRUN x && \\\n# why\n\n  y \\\n z\nUSER u\n');
    const [run, user] = stages[0]?.instructions ?? [];
    expect(run).toMatchObject({ name: 'RUN', command: { form: 'shell', text: 'x &&   y  z' } });
    expect(run?.line).toMatchObject({ line: 2, endLine: 6 });
    expect(user?.line).toMatchObject({ line: 7, endLine: 7 });
    expect(emptyContinuations).toEqual([4]);
  });

  it('end with the escape character that a directive names', () => {
    const file = parseDockerfile('# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN dir c:\\ `\n  b\n');
    expect(file.escape).toBe('`');
    expect(file.stages[0]?.instructions[0]?.line.rest).toBe('dir c:\\   b');
    expect(file.directives.get('syntax')).toBe('docker/dockerfile:1');
  });

  it('a directive after a comment is a comment', () => {
    expect(parseDockerfile('# hi\n# escape=`\nFROM a\n').escape).toBe('\\');
  });

  it.each([
    ['# escape=x\nFROM a', "dockerfile parse error on line 1: invalid escape token 'x' does not match ` or \\"],
    ['FROM a\n\nFOOBAR b', 'dockerfile parse error on line 3: unknown instruction: FOOBAR'],
    ['FROM a\nRUNN b', 'dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)'],
    ['RUN x', 'dockerfile parse error on line 1: no build stage in current context'],
    ['', 'file with no instructions'],
    ['ARG a', 'no build stage in current context'],
    ['FROM a b', 'dockerfile parse error on line 1: FROM requires either one or three arguments'],
    ['FROM a AS 1x', "name can't start with a number or contain symbols"],
    ['FROM a\nCOPY x', 'COPY requires at least two arguments, but only one was provided'],
    ['FROM a\nENV x', 'ENV must have two arguments'],
    ['FROM a\nENV a=b c', `Syntax error - can't find = in "c". Must be of the form: name=value`],
    ['FROM a\nSHELL /bin/sh', 'SHELL requires the arguments to be in JSON form'],
    ['FROM a\nWORKDIR', 'WORKDIR requires exactly one argument'],
    ['FROM a\nONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ['FROM a\nONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
    ['FROM a\nCOPY --form=x a b', 'unknown flag: form'],
    ['FROM a\nCOPY --from a b', 'missing a value on flag: from'],
    ['FROM a\nCOPY --link=maybe a b', 'expecting boolean value for flag link, not: maybe'],
    ['FROM a\nHEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments'],
    ['FROM a\nHEALTHCHECK ASK x', 'Unknown type "ASK" in HEALTHCHECK (try CMD)'],
    ['FROM a\nHEALTHCHECK --interval=1x CMD y', 'time: invalid duration "1x"'],
    ['FROM a\nVOLUME [""]', 'VOLUME specified can not be an empty string'],
    ['FROM a\nRUN <<EOF\nx', 'unterminated heredoc'],
  ])('%j is refused', (text, words) => {
    expect(() => parseDockerfile(text)).toThrow(words);
  });
});

describe('instructions', () => {
  it.each<[string, object]>([
    ['RUN echo "a b"', { command: { form: 'shell', text: 'echo "a b"' } }],
    ['RUN ["a", "b c"]', { command: { form: 'exec', argv: ['a', 'b c'] } }],
    ["RUN ['a']", { command: { form: 'shell', text: "['a']" } }],
    ['run x', { name: 'RUN' }],
    ['COPY a b c/', { sources: ['a', 'b'], dest: 'c/' }],
    ['COPY ["a b", "c"]', { sources: ['a b'], dest: 'c' }],
    [
      'ENV a=b c="d e" f=g\\ h',
      {
        pairs: [
          ['a', 'b'],
          ['c', '"d e"'],
          ['f', 'g\\ h'],
        ],
        legacy: false,
      },
    ],
    ['ENV a b  c', { pairs: [['a', 'b  c']], legacy: true }],
    ['LABEL "a.b"="c"', { pairs: [['"a.b"', '"c"']] }],
    [
      'ARG a b=c',
      {
        args: [
          ['a', undefined],
          ['b', 'c'],
        ],
      },
    ],
    ['EXPOSE 80 53/udp', { words: ['80', '53/udp'] }],
    ['VOLUME ["/a", "/b"]', { words: ['/a', '/b'] }],
    ['VOLUME /a /b', { words: ['/a', '/b'] }],
    ['HEALTHCHECK NONE', { health: { Test: ['NONE'] } }],
    [
      'HEALTHCHECK --interval=5s --retries=3 CMD curl -f x',
      { health: { Test: ['CMD-SHELL', 'curl -f x'], Interval: 5e9, Retries: 3 } },
    ],
    ['HEALTHCHECK CMD ["a", "b"]', { health: { Test: ['CMD', 'a', 'b'] } }],
    ['SHELL ["bash", "-c"]', { shell: ['bash', '-c'] }],
    ['ONBUILD COPY . /x', { trigger: 'COPY . /x' }],
    ['MAINTAINER A B <c@d>', { value: 'A B <c@d>' }],
    ['CMD', { command: { form: 'shell', text: '' } }],
  ])('%j', (text, expected) => {
    expect(one(text)).toMatchObject(expected);
  });

  it('FROM names a stage and a platform', () => {
    const { stages } = parseDockerfile('FROM --platform=linux/386 a AS One\nFROM one\n');
    expect(stages[0]).toMatchObject({ name: 'one', from: { base: 'a', as: 'One' } });
    expect(stages[0]?.from.flags.text('platform')).toBe('linux/386');
    expect(findStage(stages, 'ONE', 1)?.index).toBe(0);
    expect(findStage(stages, '0', 1)?.index).toBe(0);
    expect(findStage(stages, '1', 1)).toBeUndefined();
  });

  it('takes flags off the front', () => {
    const copy = one('COPY --from=x --chown="a b":c --link --exclude=*.o --exclude=*.a s d');
    expect(copy.flags.text('chown')).toBe('a b:c');
    expect(copy.flags.isSet('link')).toBe(true);
    expect(copy.flags.list('exclude')).toEqual(['*.o', '*.a']);
    expect(copy).toMatchObject({ sources: ['s'], dest: 'd' });
    expect(() => one('CMD --not a flag')).toThrow('unknown flag: not');
    expect(one('CMD -- --not a flag')).toMatchObject({ command: { text: '--not a flag' } });
  });
});

describe('heredocs', () => {
  it('a script for RUN', () => {
    expect(one('RUN <<EOF\na $b\n\tc\nEOF\nUSER x')).toMatchObject({ command: { text: 'a $b\n\tc\n' } });
    expect(one('RUN <<-EOF\n\tindented\n\tEOF')).toMatchObject({ command: { text: 'indented\n' } });
  });
  it('the input of a command', () => {
    expect(one('RUN cat <<A >x\nhi\nA')).toMatchObject({ command: { text: 'cat <<A >x\nhi\nA\n' } });
  });
  it('files for COPY, with variables unless the word is quoted', () => {
    const { sources } = one("COPY <<a <<'b' c /x/\none\na\ntwo\nb\n") as Extract<Instruction, { name: 'COPY' }>;
    expect(sources).toEqual([
      { name: 'a', expand: true, chomp: false, content: 'one\n' },
      { name: 'b', expand: false, chomp: false, content: 'two\n' },
      'c',
    ]);
  });
  it('not in quotes, and not where nothing follows', () => {
    expect(one('RUN echo "<<EOF"')).toMatchObject({ command: { text: 'echo "<<EOF"' } });
    expect(one('RUN x=$((1<<2))')).toMatchObject({ command: { text: 'x=$((1<<2))' } });
  });
});

describe('--mount', () => {
  it('reads what it is given', () => {
    expect(parseMount('type=cache,target=/c,id=x,mode=0700')).toMatchObject({ type: 'cache', id: 'x', mode: 0o700 });
    expect(parseMount('target=/m,from=one,source=/s')).toMatchObject({ type: 'bind', from: 'one', readOnly: true });
    expect(parseMount('type=bind,target=/m,rw')).toMatchObject({ readOnly: false });
  });
  it('refuses what needs BuildKit', () => {
    expect(() => parseMount('type=secret,id=x')).toThrow(
      'the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how',
    );
    expect(() => parseMount('type=cache')).toThrow('"target" is required');
  });
});
