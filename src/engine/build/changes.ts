// `--change "CMD …"` of commit and import: instructions of a Dockerfile applied to a config, by the builder's own reading of them.
import type { ContainerConfig } from '../dockerd/container/types.ts';
import { invalidParameter } from '../dockerd/errors.ts';
import { BuildArgs } from './args.ts';
import { configure } from './configure.ts';
import { parseInstruction } from './dockerfile/instruction.ts';
import { splitLines } from './dockerfile/lines.ts';
import type { StageState } from './state.ts';

const CHANGES = 'CMD ENTRYPOINT HEALTHCHECK ENV EXPOSE LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR'.split(' ');

/** Each of them may be several lines. Changes the config itself, and gives it back. Throws ApiError (400) in Docker's words. */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  const { lines, escape } = splitLines(changes.join('\n'));
  for (const { keyword } of lines)
    if (!CHANGES.includes(keyword.toUpperCase())) throw invalidParameter(`${keyword} is not a valid change command`);
  const state: StageState = { image: undefined, config, hasOwnCmd: false, author: '' };
  const context = { state, args: new BuildArgs(new Map()), escape, print: () => undefined };
  for (const line of lines) configure(parseInstruction(line, escape), context);
  return state.config;
}
