// docker context show. A command of the client alone: the same question to both.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, typed }) => {
  it('is the default one', async () => {
    expect(await typed('env -u DOCKER_HOST docker context show')).toEqual(done('default'));
    expect(await docker.inVm('docker context show')).toEqual(done('default'));
    expect((await docker.inVm('docker context show x')).exitCode).toBe(1);
  });
};
