// The lessons that come with the page: every folder in content/, found by Vite. Adding one needs no code.
import { parseLesson } from './parse.ts';
import type { Lesson } from './schema.ts';

const texts = import.meta.glob<string>(['../../content/*/lesson.yaml', '../../content/*/*.md'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

export function loadLessons(): Lesson[] {
  const folders = new Map<string, Record<string, string>>();
  for (const [path, text] of Object.entries(texts)) {
    const [file = '', folder = ''] = path.split('/').reverse();
    folders.set(folder, { ...folders.get(folder), [file]: text });
  }
  return [...folders]
    .filter(([, files]) => 'lesson.yaml' in files)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([folder, files]) => parseLesson(folder, files));
}
