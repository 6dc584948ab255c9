// No container of these images is left: not in the engine's list, and no process of one in the kernel.
import { z } from 'zod';
import { containerOfCgroup } from '../../sim/world.ts';
import { defineCheck, met, missing } from '../check.ts';
import { isImage, listContainers } from './containers.ts';

export const containerGone = defineCheck(
  z.strictObject({ images: z.array(z.string()).min(1) }),
  async (context, args) => {
    const left = (await listContainers(context)).filter((container) =>
      args.images.some((image) => isImage(container, image)),
    );
    if (left.length > 0) {
      const names = left.map((container) => container.names[0] ?? container.id.slice(0, 12)).join(', ');
      return missing(
        left.length === 1 ? `one container is left: ${names}` : `${left.length} containers are left: ${names}`,
      );
    }
    const gone = [...context.world.containers.values()].filter((container) =>
      args.images.some((image) => container.image.split(':')[0] === image),
    );
    const isSeen = [...context.world.processes.values()].some((process) =>
      gone.some((container) => container.id === containerOfCgroup(process.cgroup)),
    );
    return isSeen ? missing('the kernel still shows a process of it') : met;
  },
);
