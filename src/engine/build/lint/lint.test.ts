import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble } from '../../sys/double.ts';
import { parseIgnore } from '../dockerignore.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { lint } from './lint.ts';
import { excerpt, urlOf } from './rules.ts';

beforeEach(() => void installDouble());

const check = (text: string, ignore = ''): string[] =>
  lint(parseDockerfile(text), {
    buildArgs: new Map(),
    ignore: parseIgnore(ignore),
    image: (name) => (name === 'arm' ? { env: [], platform: 'linux/arm64' } : { env: ['HOME'], platform: 'linux/386' }),
    platform: 'linux/386',
  }).warnings.map(({ rule, from, detail }) => `${rule}:${from} ${detail}`);

describe('--check', () => {
  it.each<[string, string[]]>([
    ['FROM a AS b\nCMD ["x"]', []],
    ['FROM a AS Big', ["StageNameCasing:1 Stage name 'Big' should be lowercase"]],
    ['FROM a as b', ["FromAsCasing:1 'as' and 'FROM' keywords' casing do not match"]],
    ['FROM a\nRUN x \\\n\n  y', ['NoEmptyContinuation:3 Empty continuation line']],
    [
      'FROM a\nRUN x\nrun y',
      ["ConsistentInstructionCasing:3 Command 'run' should match the case of the command majority (uppercase)"],
    ],
    ['FROM a AS b\nFROM a AS b', ['DuplicateStageName:2 Duplicate stage name "b", stage names should be unique']],
    ['FROM a AS scratch', ['ReservedStageName:1 Stage name should not use the same name as reserved stage "scratch"']],
    [
      'FROM a\nENTRYPOINT x',
      [
        'JSONArgsRecommended:2 JSON arguments recommended for ENTRYPOINT to prevent unintended behavior related to OS signals',
      ],
    ],
    ['FROM a\nSHELL ["sh"]\nCMD x', []],
    ['FROM a\nMAINTAINER x', ['MaintainerDeprecated:2 Maintainer instruction is deprecated in favor of using label']],
    [
      'FROM a:$TAG',
      [
        "UndefinedArgInFrom:1 FROM argument 'TAG' is not declared",
        'InvalidDefaultArgInFrom:1 Default value for ARG a:$TAG results in empty or invalid base image name',
      ],
    ],
    ['FROM a\nARG NAME\nUSER $NAEM', ["UndefinedVar:3 Usage of undefined variable '$NAEM' (did you mean $NAME?)"]],
    ['FROM a\nENV X=$HOME Y=${PATH} Z=$http_proxy', []],
    ['FROM a\nRUN echo $X', []],
    ['FROM a AS b\nENV Q=1\nFROM b\nWORKDIR /$Q', []],
    [
      'FROM a\nWORKDIR x',
      ['WorkdirRelativePath:2 Relative workdir "x" can have unexpected results if the base image changes'],
    ],
    ['FROM a\nWORKDIR /a\nWORKDIR x', []],
    [
      'FROM a\nCMD ["a"]\nCMD ["b"]',
      [
        'MultipleInstructionsDisallowed:2 Multiple CMD instructions should not be used in the same stage because only the last one will be used',
      ],
    ],
    [
      'FROM a\nENV x y',
      ['LegacyKeyValueFormat:2 "ENV key=value" should be used instead of legacy "ENV key value" format'],
    ],
    [
      'FROM --platform=$TARGETPLATFORM a',
      [
        'RedundantTargetPlatform:1 Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior',
      ],
    ],
    [
      'FROM --platform=linux/amd64 a',
      ['FromPlatformFlagConstDisallowed:1 FROM --platform flag should not use constant value "linux/amd64"'],
    ],
    [
      'FROM a\nENV DB_PASSWORD=x',
      ['SecretsUsedInArgOrEnv:2 Do not use ARG or ENV instructions for sensitive data (ENV "DB_PASSWORD")'],
    ],
    ['FROM a\nARG PUBLIC_KEY', []],
    [
      'FROM a\nEXPOSE 80/TCP',
      ["ExposeProtoCasing:2 Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"],
    ],
    [
      'FROM a\nEXPOSE 1.2.3.4:80:80',
      [
        "ExposeInvalidFormat:2 EXPOSE instruction should not define an IP address or host-port mapping, found '1.2.3.4:80:80'",
      ],
    ],
    [
      'FROM arm',
      [
        'InvalidBaseImagePlatform:1 Base image arm was pulled with platform "linux/arm64", expected "linux/386" for current build',
      ],
    ],
    ['# check=skip=MaintainerDeprecated\nFROM a\nMAINTAINER x', []],
    ['# check=skip=all\nFROM a\nMAINTAINER x', []],
  ])('%j', (text, warnings) => {
    expect(check(text)).toEqual(warnings);
  });

  it('knows what .dockerignore leaves out', () => {
    expect(check('FROM a\nCOPY ./x/y.md /\nADD z /', '**/*.md')).toEqual([
      'CopyIgnoredFile:2 Attempting to Copy file "x/y.md" that is excluded by .dockerignore',
    ]);
  });
});

it('names the page of a rule', () => {
  expect(urlOf('JSONArgsRecommended')).toBe('https://docs.docker.com/go/dockerfile/rule/json-args-recommended/');
  expect(urlOf('SecretsUsedInArgOrEnv')).toBe('https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/');
});

it('shows the lines around a warning', () => {
  expect(excerpt('Dockerfile', 'a\nb\nc\nd\ne', { from: 3, to: 3 })).toBe(
    'Dockerfile:3\n--------------------\n   1 |     a\n   2 |     b\n   3 | >>> c\n   4 |     d\n   5 |     e\n--------------------\n',
  );
});
