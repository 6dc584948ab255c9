// Bundles an engine entry (src/engine/*/main.ts, src/agent/main.ts) into one script that the runner runs or compiles:
//   npx tsx guest/native/bundle.ts src/engine/dockerd/main.ts out.js [--run ARGUMENT…]
// With --run the script runs at once on this machine's kernel (the runner is a static i386 binary; Linux on x86 only).

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The runner, as built by build.sh. */
export const RUNNER = fileURLToPath(new URL('../../public/kernel/native/drydock', import.meta.url));

/** Bundles entry to one ES2023 script without imports. minify shortens local names: the bytecode shrinks by a fifth and loads faster. */
export async function bundle(entry: string, outfile: string, minify = false): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'iife',
    target: 'es2023',
    // QuickJS has no `node:` modules: an import of one must fail here, not in the guest.
    platform: 'neutral',
    // `neutral` looks at no package fields by itself; third-party code (yaml) names its ES module in these.
    mainFields: ['browser', 'module', 'main'],
    conditions: ['browser', 'import'],
    minifySyntax: minify,
    minifyWhitespace: minify,
    minifyIdentifiers: minify,
    // Names of functions and classes stay readable in stack traces and error names.
    keepNames: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [entry, outfile, flag, ...rest] = process.argv.slice(2);
  if (!entry || !outfile) {
    console.error('usage: bundle.ts ENTRY.ts OUT.js [--run ARGUMENT…]');
    process.exit(64);
  }
  await bundle(entry, outfile);
  if (flag === '--run') {
    const result = spawnSync(RUNNER, [outfile, ...rest], { stdio: 'inherit' });
    process.exit(result.status ?? 70);
  }
}
