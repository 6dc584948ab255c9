// Every folder in content/ is a lesson that can be read; a broken one is refused with every reason.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LessonError, parseLesson } from './parse.ts';
import { checkStep, goTo, noProgress, withDone, withHint } from './player.ts';
import { emptyWorld } from '../sim/world.ts';

const content = join(import.meta.dirname, '../../content');
const folders = readdirSync(content, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const read = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(content, folder)).map((file) => [file, readFileSync(join(content, folder, file), 'utf8')]),
  );

describe('content/', () => {
  it('holds lessons', () => expect(folders.length).toBeGreaterThan(0));
  it.each(folders.map((folder) => folder.name))('%s can be read', (folder) => {
    const lesson = parseLesson(folder, read(folder));
    for (const step of lesson.steps) {
      expect(step.before, `${step.id} says something before`).not.toBe('');
      expect(step.after, `${step.id} says something after`).not.toBe('');
    }
  });
});

describe('parseLesson', () => {
  it('names every problem and its file', () => {
    const files = {
      'lesson.yaml': 'title: Some lesson\nsummary: A summary of it.\nminutes: 5\nsteps: [a, b]\n',
      'a.md': '---\ntitle: Step\ncheck: { no-such: {} }\nsolution: [x]\n---\nText\n',
    };
    expect(() => parseLesson('x', files)).toThrow(LessonError);
    expect(() => parseLesson('x', files)).toThrow(/no check called no-such.*b\.md is missing/);
  });
});

describe('the player', () => {
  const first = parseLesson(folders[0]?.name ?? '', read(folders[0]?.name ?? ''));
  const step = first.steps[0];
  if (!step) throw new Error('a lesson without steps');

  it('moves within the lesson and shows hints one at a time', () => {
    expect(goTo(first, noProgress, 99).at).toBe(first.steps.length - 1);
    const hinted = withHint(withHint(noProgress, step), step);
    expect(hinted.hints[step.id]).toBe(2);
    expect(withDone(withDone(noProgress, step), step).done).toEqual([step.id]);
  });
  it('takes an engine that does not answer as not met', async () => {
    const result = await checkStep(step, {
      world: emptyWorld,
      ports: [],
      get: () => Promise.reject(new Error('down')),
    });
    expect(result.met).toBe(false);
  });
});
