// Type check, a compiler run a layer (tsconfig.<layer>.json): what a layer may not use is not there to be used.
import { spawnSync } from 'node:child_process';

/** Without the page's: svelte-check reads its TypeScript too. */
const layers = ['protocol', 'engine', 'agent', 'trace', 'sim', 'node'];
let failed = false;
for (const layer of layers) {
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', `tsconfig.${layer}.json`], {
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error(`types: ${layer} failed`);
    failed = true;
  }
}
const svelte = spawnSync(
  process.execPath,
  [
    'node_modules/svelte-check/bin/svelte-check',
    '--tsconfig',
    './tsconfig.page.json',
    '--threshold',
    'error',
    '--output',
    'human',
  ],
  { stdio: 'inherit' },
);
process.exit(failed || svelte.status !== 0 ? 1 : 0);
