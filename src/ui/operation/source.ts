// The engine's own source, as text: a student who opens an operation reads the function that asked the kernel for it.
import { functionIn } from './function-in.ts';

const files = import.meta.glob<string>(['../../engine/**/*.ts', '!**/*.test.ts'], { query: '?raw', import: 'default' });

export interface SourceExcerpt {
  /** From the repository's root. */
  readonly path: string;
  readonly firstLine: number;
  readonly text: string;
}

/** The text of one function of the engine; the file's beginning if the name is not found in it. */
export async function engineSource(file: string, fn: string): Promise<SourceExcerpt | undefined> {
  const wanted = file.replace(/^(src\/)?(engine\/)?/, '');
  const key = Object.keys(files).find((path) => path.endsWith(`/engine/${wanted}`));
  const load = key && files[key];
  if (!key || !load) return undefined;
  return { path: key.replace(/^.*\/engine\//, 'src/engine/'), ...functionIn(await load(), fn) };
}
