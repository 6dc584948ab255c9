// The shape of a lesson's files in content/<folder>/: lesson.yaml and one markdown file a step. Types are inferred from it.
import { z } from 'zod';

export const lessonSchema = z.strictObject({
  title: z.string().min(3).max(60),
  summary: z.string().min(10).max(300),
  minutes: z.number().int().positive(),
  /** Markdown files in order, without `.md`. */
  steps: z.array(z.string().regex(/^[a-z0-9-]+$/)).min(1),
  /** Commands that bring the machine back to where the lesson begins; run one after another, failures do not matter. */
  reset: z.array(z.string()).default([]),
});

/** The front matter of a step: between two lines of `---` on top of its markdown. */
export const stepSchema = z.strictObject({
  title: z.string().min(3).max(60),
  /** What the student is asked to type; absent where they are to find it themselves. */
  command: z.string().optional(),
  /** Which scene shows it best. */
  scene: z.string().optional(),
  /** One or more checks, by name with their arguments; all must be met. */
  check: z
    .record(z.string(), z.unknown())
    .refine((checks) => Object.keys(checks).length > 0, 'a step needs at least one check'),
  hints: z.array(z.string()).default([]),
  /** Commands that meet the check when run one after another in the first terminal. */
  solution: z.array(z.string()).min(1),
});

export type LessonHead = z.infer<typeof lessonSchema>;
export type StepHead = z.infer<typeof stepSchema>;

export interface Step extends StepHead {
  readonly id: string;
  /** Markdown shown before the check is met, and after. */
  readonly before: string;
  readonly after: string;
}

export interface Lesson extends Omit<LessonHead, 'steps'> {
  /** The folder's name. */
  readonly id: string;
  readonly steps: readonly Step[];
}
