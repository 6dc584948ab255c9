// docker context use. A command of the client alone: the same question to both.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, typed }) => {
  it('takes the default one, and knows no other', async () => {
    for (const name of ['default', 'nosuch', '']) {
      const real = await typed(`env -u DOCKER_HOST docker context use ${name}`);
      const ours = await docker.inVm(`docker context use ${name}`);
      expect([ours.exitCode, ours.stdout]).toEqual([real.exitCode, real.stdout]);
    }
    expect((await docker.inVm('docker context use default')).stderr).toBe('Current context is now "default"\n');
    expect((await docker.inVm('docker context use nosuch')).stderr).toContain('context "nosuch": context not found');
  });
};
