// docker context inspect. A command of the client alone: the same question to both.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, typed }) => {
  it.each(['', 'default', "-f '{{.Name}} {{.Endpoints.docker.Host}}'", 'nosuch', 'default nosuch'])(
    'says of %j what the real one says',
    async (words) => {
      const real = await typed(`env -u DOCKER_HOST docker context inspect ${words}`);
      const ours = await docker.inVm(`docker context inspect ${words}`);
      expect([ours.exitCode, ours.stdout]).toEqual([real.exitCode, real.stdout]);
    },
  );
};
