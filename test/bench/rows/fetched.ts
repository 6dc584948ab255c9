// What a visitor's browser fetches up to the first prompt, in Chromium, from the built page.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { distDirectory } from '../../e2e/build.ts';
import { withPage } from '../page.ts';
import type { Result, Row } from '../row.ts';

export const fetched: Row = {
  name: 'fetched',
  title: 'bytes fetched up to the first prompt',
  run: () =>
    withPage(({ host }): Promise<Result[]> => {
      const files = [...host.sent];
      const scripts = files.filter(([file]) => file.endsWith('.js'));
      const gzip = scripts.map(([file]) => gzipSync(readFileSync(join(distDirectory, file))).length);
      const monaco = files.filter(([file]) => /monaco|editor/i.test(file)).length;
      const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
      return Promise.resolve([
        { row: 'fetched', what: 'everything', is: sum(files.map(([, bytes]) => bytes)) / 1e6, unit: 'MB', goal: 24 },
        { row: 'fetched', what: 'script, gzip', is: sum(gzip) / 1000, unit: 'KB', goal: 400 },
        { row: 'fetched', what: 'files of Monaco', is: monaco, unit: 'files', goal: 0 },
      ]);
    }),
};
