// A container of an image runs now: the engine says so, and the kernel has a process in its cgroup.
import { z } from 'zod';
import { defineCheck, met, missing } from '../check.ts';
import { isImage, listContainers } from './containers.ts';

export const containerRunning = defineCheck(
  z.strictObject({ image: z.string(), name: z.string().optional() }),
  async (context, args) => {
    const running = (await listContainers(context)).filter(
      (container) => isImage(container, args.image) && container.state === 'running',
    );
    if (running.length === 0) return missing(`no container of ${args.image} is running`);
    const named = running.find((container) => args.name === undefined || container.names.includes(args.name));
    if (!named) return missing(`a container of ${args.image} runs, but none is called ${args.name}`);
    const isSeen = [...context.world.processes.values()].some((process) => process.cgroup.includes(named.id));
    return isSeen ? met : missing('the engine says that it runs; the kernel has not shown its process yet');
  },
);
