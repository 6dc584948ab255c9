// Builds the page with the double behind it, for the browser tests of the page alone. It goes below .cache, never into dist.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '../..');
const SOURCES = [
  'src/ui',
  'src/scenes',
  'src/sim',
  'src/lessons',
  'src/protocol',
  'src/engine',
  'content',
  'test/e2e/double',
  'package-lock.json',
  'public/browser-frame.html',
];

export const doubleDirectory = join(root, '.cache/e2e-double');
/** The product's build; another place may be named to test a build of one's own. */
export const distDirectory = process.env['DRYDOCK_DIST'] ?? join(root, 'dist');

/** Build, unless nothing that goes into it has changed. */
export async function buildDouble(): Promise<void> {
  const stamp = join(doubleDirectory, 'stamp');
  const sources = hashOf(SOURCES);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  await build({
    root,
    configFile: false,
    base: './',
    logLevel: 'error',
    publicDir: false,
    plugins: [svelte({ configFile: join(root, 'svelte.config.js') })],
    worker: { format: 'es' },
    build: {
      target: 'es2022',
      outDir: doubleDirectory,
      emptyOutDir: true,
      minify: false,
      chunkSizeWarningLimit: 20_000,
      modulePreload: { polyfill: false },
      rollupOptions: { input: { double: join(root, 'test/e2e/double/index.html') } },
    },
  });
  // Of the public files, the double needs only the browser pane's frame.
  cpSync(join(root, 'public/browser-frame.html'), join(doubleDirectory, 'test/e2e/double/browser-frame.html'));
  writeFileSync(stamp, sources);
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const full = join(root, path);
    const isFile = /\.\w+$/.test(path);
    const files = isFile
      ? [full]
      : readdirSync(full, { recursive: true, withFileTypes: true }).flatMap((entry) =>
          entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
        );
    for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}
