// A program runs inside a running container of an image: a process in its cgroup with a PID namespace of its own.
import { z } from 'zod';
import { containerOfCgroup } from '../../sim/world.ts';
import { defineCheck, met, missing } from '../check.ts';
import { isImage, listContainers } from './containers.ts';

export const processInContainer = defineCheck(
  z.strictObject({ image: z.string(), program: z.string() }),
  async (context, args) => {
    const ids = new Set(
      (await listContainers(context))
        .filter((container) => isImage(container, args.image))
        .map((container) => container.id),
    );
    for (const process of context.world.processes.values()) {
      const id = containerOfCgroup(process.cgroup);
      const isNamed = [process.title, process.path, process.argv?.[0]].some(
        (text) => text?.split(' ')[0]?.split('/').at(-1) === args.program,
      );
      if (id && ids.has(id) && isNamed && process.innerPids.length > 1) return met;
    }
    return missing(`the kernel shows no ${args.program} inside a container of ${args.image}`);
  },
);
