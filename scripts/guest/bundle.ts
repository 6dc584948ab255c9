// The guest's four programs as one JavaScript file each (esbuild), as the native runner takes them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Program } from '../../src/vm/image/assemble.ts';
import { ROOT } from '../../src/vm/node/artefacts.ts';

const ENTRIES: Readonly<Record<Program, string>> = {
  agent: 'src/agent/main.ts',
  containerd: 'src/engine/containerd/main.ts',
  dockerd: 'src/engine/dockerd/main.ts',
  'docker-cli': 'src/engine/cli/main.ts',
};

/** The bundle of each program whose entry file exists. */
export async function bundlePrograms(names: readonly Program[]): Promise<Map<Program, string>> {
  const present = names.filter((name) => existsSync(join(ROOT, ENTRIES[name])));
  const bundles = await Promise.all(present.map((name) => bundleFile(ENTRIES[name])));
  return new Map(present.map((name, i) => [name, bundles[i] as string]));
}

/** One entry file (from the root of the work tree) and all it imports. */
export async function bundleFile(entry: string): Promise<string> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2023',
    // Names stay (stack traces are read by students); white space and syntax go: less to load in the guest.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    legalComments: 'none',
    logLevel: 'error',
  });
  return result.outputFiles[0]?.text ?? '';
}
