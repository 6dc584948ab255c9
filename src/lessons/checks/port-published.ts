// A port is published: the kernel's NAT table holds the rule that leads to a container.
import { z } from 'zod';
import { defineCheck, met, missing } from '../check.ts';

export const portPublished = defineCheck(
  z.strictObject({ port: z.number().int(), to: z.number().int() }),
  ({ ports }, args) => {
    const published = ports.filter((port) => port.hostPort === args.port && port.protocol === 'tcp');
    if (published.length === 0) return missing(`port ${args.port} is not published`);
    return published.some((port) => port.destination.endsWith(`:${args.to}`))
      ? met
      : missing(`port ${args.port} is published, but does not lead to port ${args.to} of a container`);
  },
);
