// Warnings about a Dockerfile that can be built but had better be written otherwise, in BuildKit's words. Reads the file
// only: what base images define is handed in. Called by `docker build --check`.
import { parseReference } from '../../image/reference.ts';
import { PLATFORM_ARGS } from '../args.ts';
import { isIgnored, type IgnorePattern } from '../dockerignore.ts';
import { hasWildcards } from '../glob.ts';
import { cleanRelative } from '../paths.ts';
import { findStage, type Dockerfile, type Stage } from '../dockerfile/parse.ts';
import type { Instruction } from '../dockerfile/instruction.ts';
import { nearest } from '../dockerfile/suggest.ts';
import { expandWord, type Lookup } from '../dockerfile/words.ts';
import { lintInstructions } from './instructions.ts';
import { readCheckDirective, type LintWarning, type RuleName } from './rules.ts';

export interface LintContext {
  readonly buildArgs: ReadonlyMap<string, string | null>;
  readonly ignore: readonly IgnorePattern[];
  /** Of a base image that is at hand: its variables' names and its platform. */
  readonly image: (name: string) => { readonly env: readonly string[]; readonly platform: string } | undefined;
  readonly platform: string;
}

export interface LintResult {
  readonly warnings: readonly LintWarning[];
  /** `# check=error=true`: warnings fail a build. */
  readonly isError: boolean;
}

export function lint(file: Dockerfile, context: LintContext): LintResult {
  const { skip, error } = readCheckDirective(file.directives.get('check') ?? '');
  const warnings: LintWarning[] = [];
  const say = (rule: RuleName, at: Instruction | number, detail: string): void => {
    const [from, to] = typeof at === 'number' ? [at, at] : [at.line.line, at.line.endLine];
    if (!skip(rule)) warnings.push({ rule, detail, from, to });
  };
  for (const line of file.emptyContinuations) say('NoEmptyContinuation', line, 'Empty continuation line');
  lintCasing(file, say);
  lintStageNames(file.stages, say);
  lintFrom(file, context, say);
  const names = new Map<Stage, readonly string[]>();
  for (const stage of file.stages) {
    const base = findStage(file.stages, stage.from.base, stage.index);
    const inherited = (base && names.get(base)) ?? context.image(baseOf(file, context, stage))?.env ?? [];
    names.set(stage, lintInstructions(file, stage, ['PATH', ...inherited], say));
    lintIgnored(stage, context.ignore, say);
  }
  return { warnings: warnings.sort((a, b) => a.from - b.from), isError: error };
}

export type Say = (rule: RuleName, at: Instruction | number, detail: string) => void;

function all(file: Dockerfile): Instruction[] {
  return [...file.metaArgs, ...file.stages.flatMap((stage) => [stage.from, ...stage.instructions])];
}

function lintCasing(file: Dockerfile, say: Say): void {
  const instructions = all(file);
  const lower = instructions.filter(({ line }) => line.keyword === line.keyword.toLowerCase()).length;
  const upper = instructions.filter(({ line }) => line.keyword === line.keyword.toUpperCase()).length;
  const wanted = lower > upper ? 'lowercase' : 'uppercase';
  for (const instruction of instructions) {
    const { keyword } = instruction.line;
    if (keyword === (wanted === 'lowercase' ? keyword.toLowerCase() : keyword.toUpperCase())) continue;
    say(
      'ConsistentInstructionCasing',
      instruction,
      `Command '${keyword}' should match the case of the command majority (${wanted})`,
    );
  }
  for (const { from } of file.stages) {
    const as = /\s(as)\s/i.exec(from.line.rest)?.[1];
    const { keyword } = from.line;
    if (as === undefined) continue;
    const differs =
      (keyword === keyword.toUpperCase() && as !== as.toUpperCase()) ||
      (keyword === keyword.toLowerCase() && as !== as.toLowerCase());
    if (differs) say('FromAsCasing', from, `'${as}' and '${keyword}' keywords' casing do not match`);
  }
}

function lintStageNames(stages: readonly Stage[], say: Say): void {
  const seen = new Set<string>();
  for (const { from, name } of stages) {
    if (name === '') continue;
    if (from.as !== name) say('StageNameCasing', from, `Stage name '${from.as}' should be lowercase`);
    if (name === 'scratch' || name === 'context')
      say('ReservedStageName', from, `Stage name should not use the same name as reserved stage "${name}"`);
    if (seen.has(name))
      say('DuplicateStageName', from, `Duplicate stage name "${from.as}", stage names should be unique`);
    seen.add(name);
  }
}

/** FROM with the arguments as they are given, and with their defaults only. */
function lintFrom(file: Dockerfile, context: LintContext, say: Say): void {
  const declared = new Map(file.metaArgs.flatMap(({ args }) => args));
  for (const stage of file.stages) {
    const { from } = stage;
    const platform = from.flags.text('platform');
    if (/^\$(\{TARGETPLATFORM\}|TARGETPLATFORM)$/.test(platform))
      say(
        'RedundantTargetPlatform',
        from,
        'Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior',
      );
    else if (platform !== '' && !platform.includes('$'))
      say('FromPlatformFlagConstDisallowed', from, `FROM --platform flag should not use constant value "${platform}"`);
    const lookup: Lookup = (name) => {
      if (!declared.has(name) && !PLATFORM_ARGS.has(name)) {
        const near = nearest(name, [...declared.keys(), ...PLATFORM_ARGS.keys()]);
        say(
          'UndefinedArgInFrom',
          from,
          `FROM argument '${name}' is not declared${near ? ` (did you mean ${near}?)` : ''}`,
        );
      }
      return declared.get(name) ?? PLATFORM_ARGS.get(name);
    };
    quietly(() => expandWord(platform, lookup, file.escape));
    const name = quietly(() => expandWord(from.base, lookup, file.escape)) ?? '';
    if (from.base.includes('$') && !isReference(name))
      say(
        'InvalidDefaultArgInFrom',
        from,
        `Default value for ARG ${from.base} results in empty or invalid base image name`,
      );
    const found = findStage(file.stages, name, stage.index) ? undefined : context.image(baseOf(file, context, stage));
    if (found && platform === '' && found.platform !== context.platform)
      say(
        'InvalidBaseImagePlatform',
        from,
        `Base image ${name} was pulled with platform "${found.platform}", expected "${context.platform}" for current build`,
      );
  }
}

function baseOf(file: Dockerfile, context: LintContext, stage: Stage): string {
  const declared = new Map(file.metaArgs.flatMap(({ args }) => args));
  const lookup: Lookup = (name) => context.buildArgs.get(name) ?? declared.get(name) ?? PLATFORM_ARGS.get(name);
  return quietly(() => expandWord(stage.from.base, lookup, file.escape)) ?? '';
}

function isReference(name: string): boolean {
  return name === 'scratch' || quietly(() => parseReference(name)) !== undefined;
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function lintIgnored(stage: Stage, ignore: readonly IgnorePattern[], say: Say): void {
  for (const instruction of stage.instructions) {
    if (instruction.name !== 'COPY' && instruction.name !== 'ADD') continue;
    if (instruction.flags.text('from') !== '') continue;
    for (const source of instruction.sources) {
      if (typeof source !== 'string' || hasWildcards(source) || /^https?:|\$/.test(source)) continue;
      const path = cleanRelative(source);
      if (path !== '' && isIgnored(ignore, path)) {
        const verb = instruction.name === 'COPY' ? 'Copy' : 'Add';
        say('CopyIgnoredFile', instruction, `Attempting to ${verb} file "${path}" that is excluded by .dockerignore`);
      }
    }
  }
}
