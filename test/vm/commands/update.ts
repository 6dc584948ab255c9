// docker update: limits change while it runs.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok } = machine;
  const fails = async (...args: string[]): Promise<string> => (await machine.fails(...args)).stderr.trim();

  it('changes limits while it runs', async () => {
    await ok('run', '-d', '--name', 'up', '-m', '50m', 'busybox', 'sleep', '1000');
    await ok('update', '-m', '40m', '--memory-swap', '80m', '--cpus', '0.5', '--pids-limit', '30', 'up');
    expect(await ok('exec', 'up', 'sh', '-c', 'cd /sys/fs/cgroup; cat memory.max cpu.max pids.max')).toBe(
      '41943040\n50000 100000\n30',
    );
    expect(await fails('update', '-m', '1m', 'up')).toContain('Minimum memory limit allowed is 6MB');
    await ok('rm', '-f', 'up');
  });
};
