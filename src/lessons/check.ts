// What a check is: a question to the kernel's World and to the engine, never to the terminal's transcript.
import type { z } from 'zod';
import type { PublishedPort } from '../protocol/vm-api.ts';
import type { World } from '../sim/world.ts';

export interface CheckContext {
  readonly world: World;
  readonly ports: readonly PublishedPort[];
  /** GET on the engine's REST API, parsed; undefined if the answer is not a success. */
  get(path: string): Promise<unknown>;
}

/** Not met is a value with a word on what is still missing, not an error. */
export type CheckResult = { readonly met: true } | { readonly met: false; readonly missing: string };

export interface Check {
  readonly args: z.ZodType;
  run(context: CheckContext, args: unknown): Promise<CheckResult>;
}

export const met: CheckResult = { met: true };

export function missing(words: string): CheckResult {
  return { met: false, missing: words };
}

/** Ties a check's arguments to their schema. */
export function defineCheck<S extends z.ZodType>(
  args: S,
  run: (context: CheckContext, args: z.infer<S>) => CheckResult | Promise<CheckResult>,
): Check {
  return { args, run: async (context, given) => run(context, args.parse(given)) };
}
