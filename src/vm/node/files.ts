// The page's files as Node has them: what the build put into .cache, or what lies under public/.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VmError } from '../failures.ts';
import type { ReadFile } from '../load.ts';
import { CACHE_FOLDER, readBytes, ROOT } from './artefacts.ts';

export const readLocal: ReadFile = (path, onBytes) => {
  const file = [join(CACHE_FOLDER, path), join(ROOT, 'public', path)].find((candidate) => existsSync(candidate));
  if (file === undefined)
    return Promise.reject(new VmError('fetch-failed', `${path} is missing: npx tsx scripts/build-guest.ts`));
  const bytes = readBytes(file);
  onBytes(bytes.byteLength);
  return Promise.resolve(bytes);
};
