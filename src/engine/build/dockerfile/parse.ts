// A Dockerfile as a whole: ARGs in front, then stages that each begin with FROM. Called by the builder and by --check.
import { messageOf, invalidParameter } from '../../dockerd/errors.ts';
import { parseInstruction, type Instruction, type Of } from './instruction.ts';
import { parseError, splitLines, type Line, type Lines } from './lines.ts';

export interface Stage {
  readonly index: number;
  /** Lower case; '' if it has none. */
  readonly name: string;
  readonly from: Of<'FROM'>;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile extends Lines {
  /** ARG before the first FROM: known to FROM lines only. */
  readonly metaArgs: readonly Of<'ARG'>[];
  readonly stages: readonly Stage[];
}

/** Reads a Dockerfile. Throws ApiError (400) that names the line. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = splitLines(text);
  if (lines.lines.length === 0) throw invalidParameter('file with no instructions');
  const metaArgs: Of<'ARG'>[] = [];
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of lines.lines) {
    const instruction = located(line, lines.escape);
    const stage = stages.at(-1);
    if (instruction.name === 'FROM')
      stages.push({ index: stages.length, name: instruction.as.toLowerCase(), from: instruction, instructions: [] });
    else if (stage) stage.instructions.push(instruction);
    else if (instruction.name === 'ARG') metaArgs.push(instruction);
    else throw parseError(line.line, 'no build stage in current context');
  }
  if (stages.length === 0) throw invalidParameter('no build stage in current context');
  return { ...lines, metaArgs, stages };
}

/** The instructions of ONBUILD triggers. */
export function parseTrigger(text: string): Instruction {
  const { lines, escape } = splitLines(text);
  const [line] = lines;
  if (!line) throw invalidParameter('file with no instructions');
  const instruction = located(line, escape);
  if (instruction.name === 'ONBUILD' || instruction.name === 'FROM' || instruction.name === 'MAINTAINER')
    throw invalidParameter(`${instruction.name} isn't allowed as an ONBUILD trigger`);
  return instruction;
}

function located(line: Line, escape: string): Instruction {
  try {
    return parseInstruction(line, escape);
  } catch (error) {
    throw parseError(line.line, messageOf(error));
  }
}

/** The stage that a name or number means, among those before `before`. */
export function findStage(stages: readonly Stage[], name: string, before = stages.length): Stage | undefined {
  const lower = name.toLowerCase();
  const named = stages.findLast((stage) => stage.index < before && stage.name !== '' && stage.name === lower);
  if (named) return named;
  return /^\d+$/.test(name) && Number(name) < before ? stages[Number(name)] : undefined;
}
