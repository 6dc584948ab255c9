// docker update: limits change while it runs.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok, typed, vm } = machine;
  const FILES = 'memory.max cpu.max pids.max';

  it('changes the files of the cgroup, and the restart policy', async () => {
    await ok('run', '-d', '--name', 'up', '-m', '50m', 'busybox', 'sleep', '1000');
    const ran = await typed('docker update -m 40m --memory-swap 80m --cpus 0.5 --pids-limit 30 --restart always up');
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^up\n/) as string });
    expect(await vm(`cd ${cgroupOf('up')}; cat ${FILES}`)).toBe('41943040\n50000 100000\n30\n');
    expect(await ok('inspect', '-f', '{{.HostConfig.RestartPolicy.Name}}', 'up')).toBe('always');
    expect(await typed('docker update --restart no --cpu-shares 512 up')).toEqual(done('up'));
    expect(await vm(`cat ${cgroupOf('up')}/cpu.weight`)).toBe('20\n');
  });

  it('refuses what cannot be, and changes nothing then', async () => {
    expect((await typed('docker update -m 1m up')).stderr).toContain('Minimum memory limit allowed is 6MB');
    expect((await typed('docker update --cpus 9 up')).stderr).toContain('as there are only 1 CPUs available');
    expect((await typed('docker update --restart sometimes up')).exitCode).toBe(1);
    expect(await typed('docker update up')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('you must provide one or more flags when using this command') as string,
    });
    expect((await typed('docker update -m 20m nosuch')).stderr).toBe(daemonSays('No such container: nosuch').stderr);
    expect(await vm(`cd ${cgroupOf('up')}; cat ${FILES}`)).toBe('41943040\n50000 100000\n30\n');
  });

  it('limits swap', async () => {
    const swap = (): Promise<string> => vm(`cat ${cgroupOf('up')}/memory.swap.max`);
    await ok('update', '-m', '40m', '--memory-swap', '80m', 'up');
    expect(await swap()).toBe('41943040\n');
    expect((await typed('docker update -m 120m up')).stderr).toMatch(
      /Cannot update container \w{64}: Memory limit should be smaller than already set memoryswap limit, update/,
    );
    await ok('update', '--memory-swap', '-1', 'up');
    expect(await swap()).toBe('max\n');
    await ok('rm', '-f', 'up');
  });
};
