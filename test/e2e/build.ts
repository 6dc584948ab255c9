// Builds the page for the browser tests: the product as it is shipped, or the same page with the double behind it.
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '../..');

/** The double's page, below .cache and never in dist. */
export const doubleDirectory = join(root, '.cache/e2e-double');

export async function buildDouble(): Promise<void> {
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: doubleDirectory,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { input: { double: join(root, 'test/e2e/double/index.html') } },
    },
  });
  // Of the public files, the double needs only the browser pane's frame.
  const place = join(doubleDirectory, 'test/e2e/double');
  mkdirSync(place, { recursive: true });
  for (const to of [doubleDirectory, place])
    if (existsSync(to)) cpSync(join(root, 'public/browser-frame.html'), join(to, 'browser-frame.html'));
}
