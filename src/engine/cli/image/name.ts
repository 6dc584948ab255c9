// Names of images that the client refuses by itself, before any request. Called by build, tag, pull, push, run, create, commit, import.
import { parseReference } from '../../image/reference.ts';
import { CommandError, messageOf } from '../command.ts';

/** What is wrong with the name, in the words of github.com/distribution/reference; undefined if nothing is. */
export function problemOfName(name: string): string | undefined {
  try {
    parseReference(name);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Throws CommandError for what can be no image's name. */
export function checkName(name: string): void {
  const problem = problemOfName(name);
  if (problem !== undefined) throw new CommandError(problem);
}

/** As checkName; all of an ID is good, too. */
export function checkNameOrId(name: string): void {
  if (!/^[a-f0-9]{64}$/.test(name) && !/^sha256:[a-f0-9]{64}$/.test(name)) checkName(name);
}
