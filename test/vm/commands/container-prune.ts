// docker container prune.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok, typed, vm } = machine;

  it('removes by label and age what does not run, and its files', async () => {
    await ok('create', '-l', 'keep=yes', '--name', 'kept', 'busybox');
    await ok('run', '-d', '--name', 'runs', 'busybox', 'sleep', '1000');
    const gone = await ok('run', '-d', 'busybox', 'sh', '-c', 'head -c 20000 /dev/zero >/own');
    await ok('wait', gone);
    expect(await typed('docker container prune -f --filter until=1h')).toEqual(done('Total reclaimed space: 0B'));
    expect(await typed('docker container prune -f --filter label!=keep')).toEqual(
      done('Deleted Containers:', gone, '', 'Total reclaimed space: 20kB'),
    );
    expect(await ok('ps', '-a', '--format', '{{.Names}}')).toBe('runs\nkept');
    expect((await vm('ls /var/lib/docker/containers | wc -l')).trim()).toBe('2');
  });

  it('asks first, and takes no filter that it does not know', async () => {
    expect(await typed('docker container prune', 'n\n')).toMatchObject({
      stdout: expect.stringContaining('Are you sure you want to continue? [y/N]') as string,
    });
    const wrong = await typed('docker container prune -f --filter nosuch=1');
    expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining("invalid filter 'nosuch'")]);
    expect(await ok('ps', '-aq', '--filter', 'name=kept')).not.toBe('');
    await ok('rm', '-f', 'runs', 'kept');
  });
};
