// The lessons' files as they lie in content/: for each folder its name, and its texts by file name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function readLessonFolder(content: string): [id: string, files: Record<string, string>][] {
  return readdirSync(content, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [
      name,
      Object.fromEntries(
        readdirSync(join(content, name)).map((file) => [file, readFileSync(join(content, name, file), 'utf8')]),
      ),
    ]);
}
