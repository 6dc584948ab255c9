// Which stages a build needs: the target, and whatever it takes files or its base from. The others are skipped.
import { invalidParameter } from '../dockerd/errors.ts';
import { parseMount } from './dockerfile/flags.ts';
import { parseInstruction, type Instruction } from './dockerfile/instruction.ts';
import { findStage, type Dockerfile, type Stage } from './dockerfile/parse.ts';
import { expandWord, type Lookup } from './dockerfile/words.ts';
import type { BuildOptions } from './options.ts';

export interface Plan {
  /** In the order of the file; the last one is the target. */
  readonly stages: readonly Stage[];
  /** Steps that will be counted: ARGs in front, FROMs, instructions. */
  readonly steps: number;
}

/** `lookup` knows the ARGs before the first FROM. Throws ApiError if there is no such target. */
export function planStages(file: Dockerfile, options: Pick<BuildOptions, 'target' | 'labels'>, lookup: Lookup): Plan {
  const target = options.target === '' ? file.stages.at(-1) : findStage(file.stages, options.target);
  if (!target) throw invalidParameter(`target stage ${JSON.stringify(options.target)} could not be found`);
  const needed = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (needed.has(stage)) return;
    needed.add(stage);
    for (const name of referencesOf(stage, lookup, file.escape)) {
      const other = findStage(file.stages, name, stage.index);
      if (other) visit(other);
    }
  };
  visit(target);
  const labels = labelInstruction(options.labels, file.escape);
  const stages = file.stages
    .filter((stage) => needed.has(stage))
    .map((stage) => (stage === target ? { ...stage, instructions: [...stage.instructions, ...labels] } : stage));
  return {
    stages,
    steps: file.metaArgs.length + stages.reduce((sum, stage) => sum + 1 + stage.instructions.length, 0),
  };
}

/** --label is one more instruction at the end. */
function labelInstruction(labels: Readonly<Record<string, string>>, escape: string): Instruction[] {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return [];
  const rest = names.map((name) => `${JSON.stringify(name)}='${labels[name] ?? ''}'`).join(' ');
  const line = { line: 0, endLine: 0, keyword: 'LABEL', rest, original: `LABEL ${rest}`, heredocs: [] };
  const instruction = parseInstruction({ ...line, rest: 'a=b' }, escape);
  const literal = (text: string): string => text.replace(/["'$\\`\s]/g, (sign) => `${escape}${sign}`);
  const pairs = names.map((name) => [literal(name), literal(labels[name] ?? '')] as const);
  return instruction.name === 'LABEL' ? [{ ...instruction, line, pairs }] : [];
}

/** Names that may be stages: FROM, COPY --from, RUN --mount=from=. */
function referencesOf(stage: Stage, lookup: Lookup, escape: string): string[] {
  const names = [expandWord(stage.from.base, lookup, escape)];
  for (const { name, flags } of stage.instructions) {
    if (name === 'COPY' && flags.text('from') !== '') names.push(expandWord(flags.text('from'), lookup, escape));
    if (name === 'RUN') names.push(...flags.list('mount').map((mount) => parseMount(mount).from));
  }
  return names;
}
