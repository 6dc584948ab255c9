// A file was written into a container's writable layer: the kernel's own report of the upper directory.
import { z } from 'zod';
import { defineCheck, met, missing } from '../check.ts';

export const fileInContainer = defineCheck(z.strictObject({ path: z.string().startsWith('/') }), ({ world }, args) => {
  for (const overlay of world.overlays.values()) {
    if (!overlay.container) continue;
    for (const file of overlay.files.values())
      if (`/${file.path.replace(/^\/+/, '')}` === args.path && file.change !== 'deleted') return met;
  }
  return missing(`no container’s writable layer holds ${args.path}`);
});
