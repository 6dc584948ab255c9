// Where a student stands in a lesson, as plain data with pure moves, and the running of a step's checks.
import { checks } from './checks/index.ts';
import type { CheckContext, CheckResult } from './check.ts';
import { met, missing } from './check.ts';
import type { Lesson, Step } from './schema.ts';

/** Kept between visits, by lesson id. */
export interface Progress {
  /** Ids of the steps whose check was met. */
  readonly done: readonly string[];
  /** The step in sight. */
  readonly at: number;
  /** Hints shown so far, by step id. */
  readonly hints: Readonly<Record<string, number>>;
}

export const noProgress: Progress = { done: [], at: 0, hints: {} };

export function isProgress(value: unknown): value is Progress {
  const progress = value as Partial<Progress> | null;
  return (
    typeof progress === 'object' &&
    progress !== null &&
    Array.isArray(progress.done) &&
    typeof progress.at === 'number' &&
    typeof progress.hints === 'object'
  );
}

export function stepAt(lesson: Lesson, progress: Progress): Step | undefined {
  return lesson.steps[Math.max(0, Math.min(lesson.steps.length - 1, progress.at))];
}

export function withDone(progress: Progress, step: Step): Progress {
  return progress.done.includes(step.id) ? progress : { ...progress, done: [...progress.done, step.id] };
}

export function goTo(lesson: Lesson, progress: Progress, at: number): Progress {
  return { ...progress, at: Math.max(0, Math.min(lesson.steps.length - 1, at)) };
}

export function withHint(progress: Progress, step: Step): Progress {
  const shown = Math.min(step.hints.length, (progress.hints[step.id] ?? 0) + 1);
  return { ...progress, hints: { ...progress.hints, [step.id]: shown } };
}

/** All checks of a step; the first that is not met answers. A check that fails for itself is not met either. */
export async function checkStep(step: Step, context: CheckContext): Promise<CheckResult> {
  for (const [name, args] of Object.entries(step.check)) {
    const check = checks[name];
    if (!check) return missing(`this lesson asks for a check that this version does not have: ${name}`);
    try {
      const result = await check.run(context, args);
      if (!result.met) return result;
    } catch {
      return missing('the machine did not answer; it is asked again');
    }
  }
  return met;
}
