// The checks of one stage's instructions, one after the other: each may see what those before it declared.
import { PLATFORM_ARGS } from '../args.ts';
import type { Instruction } from '../dockerfile/instruction.ts';
import type { Dockerfile, Stage } from '../dockerfile/parse.ts';
import { nearest } from '../dockerfile/suggest.ts';
import { expandWord } from '../dockerfile/words.ts';
import type { Say } from './lint.ts';

const SECRET = /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const NO_SECRET = /(?:^|_)public(?:_|$)/i;

/** Proxies need no ARG. */
const ALWAYS = /^(?:https?|ftp|no|all)_proxy$/i;

/** Checks a stage; the names of the variables that it ends with, for stages that are built from it. */
export function lintInstructions(file: Dockerfile, stage: Stage, inherited: readonly string[], say: Say): string[] {
  const known = new Set(inherited);
  const only = new Map<string, Instruction>();
  let hasShell = false;
  let hasWorkdir = false;
  for (const instruction of stage.instructions) {
    lintVariables(file, instruction, known, say);
    switch (instruction.name) {
      case 'ARG':
        for (const [name] of instruction.args) {
          known.add(name);
          lintSecret('ARG', name, instruction, say);
        }
        break;
      case 'ENV':
        for (const [name] of instruction.pairs) {
          known.add(name);
          lintSecret('ENV', name, instruction, say);
        }
        lintLegacy(instruction, say);
        break;
      case 'LABEL':
        lintLegacy(instruction, say);
        break;
      case 'SHELL':
        hasShell = true;
        break;
      case 'WORKDIR':
        if (!hasWorkdir && !/^[/$]/.test(instruction.value))
          say(
            'WorkdirRelativePath',
            instruction,
            `Relative workdir ${JSON.stringify(instruction.value)} can have unexpected results if the base image changes`,
          );
        hasWorkdir ||= instruction.value.startsWith('/');
        break;
      case 'MAINTAINER':
        say('MaintainerDeprecated', instruction, 'Maintainer instruction is deprecated in favor of using label');
        break;
      case 'EXPOSE':
        for (const port of instruction.words) lintPort(port, instruction, say);
        break;
      case 'CMD':
      case 'ENTRYPOINT':
        if (instruction.command.form === 'shell' && !hasShell)
          say(
            'JSONArgsRecommended',
            instruction,
            `JSON arguments recommended for ${instruction.name} to prevent unintended behavior related to OS signals`,
          );
        lintOnly(instruction, only, say);
        break;
      case 'HEALTHCHECK':
        lintOnly(instruction, only, say);
        break;
      default:
    }
  }
  return [...known];
}

/** Only the last one counts: it is the earlier ones that should not be there. */
function lintOnly(instruction: Instruction, only: Map<string, Instruction>, say: Say): void {
  const before = only.get(instruction.name);
  only.set(instruction.name, instruction);
  if (!before) return;
  say(
    'MultipleInstructionsDisallowed',
    before,
    `Multiple ${instruction.name} instructions should not be used in the same stage because only the last one will be used`,
  );
}

function lintSecret(kind: 'ARG' | 'ENV', name: string, instruction: Instruction, say: Say): void {
  if (SECRET.test(name) && !NO_SECRET.test(name))
    say(
      'SecretsUsedInArgOrEnv',
      instruction,
      `Do not use ARG or ENV instructions for sensitive data (${kind} ${JSON.stringify(name)})`,
    );
}

function lintLegacy(instruction: Instruction & { readonly legacy?: boolean }, say: Say): void {
  if (!instruction.legacy) return;
  const { name } = instruction;
  say(
    'LegacyKeyValueFormat',
    instruction,
    `"${name} key=value" should be used instead of legacy "${name} key value" format`,
  );
}

function lintPort(port: string, instruction: Instruction, say: Say): void {
  if (/^.*:.*$/.test(port) && !port.includes('$'))
    say(
      'ExposeInvalidFormat',
      instruction,
      `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
    );
  const protocol = port.split('/')[1];
  if (protocol !== undefined && protocol !== protocol.toLowerCase())
    say('ExposeProtoCasing', instruction, `Defined protocol '${port}' in EXPOSE instruction should be lowercase`);
}

/** Every variable that the builder itself would replace; what the shell of a RUN replaces is not its business. */
function lintVariables(file: Dockerfile, instruction: Instruction, known: ReadonlySet<string>, say: Say): void {
  const told = new Set<string>();
  const lookup = (name: string): string => {
    if (known.has(name) || PLATFORM_ARGS.has(name) || ALWAYS.test(name) || told.has(name)) return 'x';
    told.add(name);
    const near = nearest(name, [...known]);
    say(
      'UndefinedVar',
      instruction,
      `Usage of undefined variable '$${name}'${near ? ` (did you mean $${near}?)` : ''}`,
    );
    return 'x';
  };
  for (const word of wordsOf(instruction))
    try {
      expandWord(word, lookup, file.escape);
    } catch {
      // Malformed words fail the build, with their own words.
    }
}

function wordsOf(instruction: Instruction): readonly string[] {
  switch (instruction.name) {
    case 'ENV':
    case 'LABEL':
      return instruction.pairs.flat();
    case 'ARG':
      return instruction.args.map(([, value]) => value ?? '');
    case 'COPY':
    case 'ADD':
      return [...instruction.sources.filter((source) => typeof source === 'string'), instruction.dest];
    case 'EXPOSE':
    case 'VOLUME':
      return instruction.words;
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
      return [instruction.value];
    default:
      return [];
  }
}
