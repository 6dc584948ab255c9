import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { expandText, expandWord, expandWords, splitWords } from './words.ts';

beforeEach(() => void installDouble());

const variables: Record<string, string> = { A: 'a', EMPTY: '', PATHS: '/usr/lib/x.tar.gz', TWO: '80 81', 你: 'x' };
const lookup = (name: string): string | undefined => variables[name];

describe('a word', () => {
  it.each([
    ['plain', 'plain'],
    ['$A', 'a'],
    ['${A}b', 'ab'],
    ['$Ab', ''],
    ['\\$A', '$A'],
    ["'$A'", '$A'],
    ['"$A"', 'a'],
    ['"\\$A \\x"', '$A \\x'],
    ['a\\ b', 'a b'],
    ['"a b"\'c d\'', 'a bc d'],
    ['$', '$'],
    ['$A$A', 'aa'],
    ['${NO:-x}', 'x'],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY-x}', ''],
    ['${NO-x}', 'x'],
    ['${A:+x}', 'x'],
    ['${EMPTY:+x}', ''],
    ['${EMPTY+x}', 'x'],
    ['${NO+x}', ''],
    ['${NO:-${A}b}', 'ab'],
    ['${NO:-$A}', 'a'],
    ['${NO:-"a b"}', 'a b'],
    ['${A:?gone}', 'a'],
    ['${PATHS#/*/}', 'lib/x.tar.gz'],
    ['${PATHS##*/}', 'x.tar.gz'],
    ['${PATHS%.*}', '/usr/lib/x.tar'],
    ['${PATHS%%.*}', '/usr/lib/x'],
    ['${PATHS/lib/bin}', '/usr/bin/x.tar.gz'],
    ['${PATHS//./_}', '/usr/lib/x_tar_gz'],
  ])('%s is %j', (word, expected) => {
    expect(expandWord(word, lookup)).toBe(expected);
  });

  it.each([
    ['${A', "syntax error: missing '}'"],
    ['${}', 'bad substitution'],
    ['${A:*}', 'unsupported modifier (:*) in substitution'],
    ['${NO:?is gone}', 'NO: is gone'],
    ['${NO?}', 'NO: is not allowed to be unset'],
    ['"a', 'looking for matching double-quote'],
    ["'a", 'looking for matching single-quote'],
  ])('%s is refused', (word, message) => {
    expect(() => expandWord(word, lookup)).toThrow(message);
  });

  it('has another escape character if the file says so', () => {
    expect(expandWord('c:\\x`$A', lookup, '`')).toBe('c:\\x$A');
  });
});

it('splits at blanks outside quotes', () => {
  expect(splitWords('a "b c" d\\ e  \'f g\'')).toEqual(['a', '"b c"', 'd\\ e', "'f g'"]);
});
it('makes words of what a variable holds', () => {
  expect(expandWords('$TWO', lookup)).toEqual(['80', '81']);
});
it('leaves quotes in a heredoc alone', () => {
  expect(expandText('say "$A" it\'s \\$A \\n', lookup)).toBe('say "a" it\'s $A \\n');
});
