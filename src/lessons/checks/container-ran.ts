// A container of an image has run to its end, with the exit code asked for. Asked of the engine, which keeps it until `rm`.
import { z } from 'zod';
import { defineCheck, met, missing } from '../check.ts';
import { exitCodeOf, isImage, listContainers } from './containers.ts';

export const containerRan = defineCheck(
  z.strictObject({ image: z.string(), exitCode: z.number().int().default(0) }),
  async (context, args) => {
    const ended = (await listContainers(context)).filter(
      (container) => isImage(container, args.image) && container.state === 'exited',
    );
    if (ended.length === 0) return missing(`no container of ${args.image} has run yet`);
    for (const container of ended) if ((await exitCodeOf(context, container.id)) === args.exitCode) return met;
    return missing(`a container of ${args.image} ended, but not with exit code ${args.exitCode}`);
  },
);
