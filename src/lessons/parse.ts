// Reads a lesson's files into a Lesson, or says in words what is wrong with which file. Used by the page and the linter.
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { checks } from './checks/index.ts';
import { lessonSchema, stepSchema, type Lesson, type Step } from './schema.ts';

/** A lesson that cannot be used, with every reason found. */
export class LessonError extends Error {
  override readonly name = 'LessonError';
  constructor(
    readonly lesson: string,
    readonly problems: readonly string[],
  ) {
    super(`lesson ${lesson}: ${problems.join('; ')}`);
  }
}

/** `files` maps names inside the folder to their text. */
export function parseLesson(id: string, files: Readonly<Record<string, string>>): Lesson {
  const problems: string[] = [];
  const head = read(lessonSchema, files['lesson.yaml'], 'lesson.yaml', problems);
  const steps = (head?.steps ?? []).flatMap((name) => parseStep(name, files[`${name}.md`], problems));
  if (!head || problems.length > 0) throw new LessonError(id, problems);
  return { ...head, id, steps };
}

function parseStep(id: string, text: string | undefined, problems: string[]): Step[] {
  const file = `${id}.md`;
  if (text === undefined) {
    problems.push(`${file} is missing`);
    return [];
  }
  const parts = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(text);
  if (!parts) {
    problems.push(`${file} does not begin with front matter between two lines of ---`);
    return [];
  }
  const head = read(stepSchema, parts[1], file, problems);
  if (!head) return [];
  for (const [name, args] of Object.entries(head.check)) {
    const check = checks[name];
    if (!check) problems.push(`${file}: there is no check called ${name}; there are ${Object.keys(checks).join(', ')}`);
    else reportIssues(check.args.safeParse(args), `${file}: check ${name}`, problems);
  }
  const [before = '', after = ''] = (parts[2] ?? '').split(/^<!-- after -->\s*$/m);
  return [{ ...head, id, before: before.trim(), after: after.trim() }];
}

function read<S extends z.ZodType>(
  schema: S,
  text: string | undefined,
  file: string,
  problems: string[],
): z.infer<S> | undefined {
  if (text === undefined) {
    problems.push(`${file} is missing`);
    return undefined;
  }
  try {
    const result = schema.safeParse(parseYaml(text));
    reportIssues(result, file, problems);
    return result.success ? result.data : undefined;
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function reportIssues(result: z.ZodSafeParseResult<unknown>, where: string, problems: string[]): void {
  for (const issue of result.error?.issues ?? [])
    problems.push(`${where}: ${issue.path.join('.') || 'as a whole'}: ${issue.message}`);
}
