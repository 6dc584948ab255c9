// docker context ls: there is one, the daemon's socket. A command of the client alone: the same question to both.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, typed }) => {
  it.each(['', '-q', "--format '{{.Name}} {{.Current}} {{.Error}}'", 'x', "--format '{{.Nosuch}}'"])(
    'says with %j what the real one says',
    async (words) => {
      const real = await typed(`env -u DOCKER_HOST docker context ls ${words}`);
      const ours = await docker.inVm(`docker context ls ${words}`);
      expect([ours.exitCode, ours.stdout]).toEqual([real.exitCode, real.stdout]);
    },
  );
};
