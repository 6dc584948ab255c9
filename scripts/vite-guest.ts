// Vite plugin: the guest's built files (.cache/guest) at guest/ beneath the base path while developing, and copied into the build.
import { createReadStream, cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join, normalize, resolve } from 'node:path';
import type { Plugin, ResolvedConfig } from 'vite';
import { CACHE_FOLDER } from '../src/vm/node/artefacts.ts';
import { buildGuest } from './build-guest.ts';

const FOLDER = join(CACHE_FOLDER, 'guest');
/** For Node only: not published. */
const PRIVATE = ['machine.state'];

export function guestFiles(): Plugin {
  let config: ResolvedConfig | undefined;
  return {
    name: 'drydock-guest',
    configResolved: (resolved) => void (config = resolved),
    async buildStart() {
      await buildGuest((line) => config?.logger.info(`guest: ${line}`));
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
        const at = path.indexOf('/guest/');
        const file = normalize(join(FOLDER, path.slice(at + '/guest/'.length)));
        if (at < 0 || !file.startsWith(FOLDER) || !existsSync(file) || !statSync(file).isFile()) return next();
        response.setHeader('Content-Type', file.endsWith('.json') ? 'application/json' : 'application/octet-stream');
        response.setHeader('Content-Length', statSync(file).size);
        response.setHeader('Cache-Control', 'no-cache');
        createReadStream(file).pipe(response);
      });
    },
    closeBundle() {
      if (config?.command !== 'build') return;
      const target = resolve(config.root, config.build.outDir, 'guest');
      mkdirSync(target, { recursive: true });
      cpSync(FOLDER, target, { recursive: true, filter: (source) => !PRIVATE.some((name) => source.endsWith(name)) });
    },
  };
}
