// Which stages a build needs: the target, and whatever it takes files or its base from. The others are skipped.
import { invalidParameter } from '../dockerd/errors.ts';
import { parseMount } from './dockerfile/flags.ts';
import { findStage, type Dockerfile, type Stage } from './dockerfile/parse.ts';
import { expandWord, type Lookup } from './dockerfile/words.ts';

export interface Plan {
  /** In the order of the file; the last one is the target. */
  readonly stages: readonly Stage[];
  /** Steps that will be counted: ARGs in front, FROMs, instructions. */
  readonly steps: number;
}

/** `lookup` knows the ARGs before the first FROM. Throws ApiError if there is no such target. */
export function planStages(file: Dockerfile, targetName: string, lookup: Lookup): Plan {
  const target = targetName === '' ? file.stages.at(-1) : findStage(file.stages, targetName);
  if (!target) throw invalidParameter(`target stage ${JSON.stringify(targetName)} could not be found`);
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
  const stages = file.stages.filter((stage) => needed.has(stage));
  return {
    stages,
    steps: file.metaArgs.length + stages.reduce((sum, stage) => sum + 1 + stage.instructions.length, 0),
  };
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
