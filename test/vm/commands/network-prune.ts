// docker network prune.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('removes what no running container is on, by label and age; bridges go with it', async () => {
    await ok('network', 'create', 'used');
    await ok('network', 'create', '--label', 'keep', 'kept');
    await ok('network', 'create', 'idle');
    await ok('network', 'create', '--label', 'keep', 'stopped');
    await ok('create', '--name', 'user', '--network', 'stopped', 'busybox');
    await ok('run', '-d', '--name', 'runs', '--network', 'used', 'busybox', 'sleep', '1000');
    expect(await ok('network', 'ls', '--filter', 'dangling=true', '--format', '{{.Name}}')).toBe('idle\nkept\nstopped');
    expect(await typed('docker network prune -f --filter until=1h')).toEqual(done());
    expect(await typed('docker network prune -f --filter label!=keep')).toEqual(done('Deleted Networks:', 'idle', ''));
    expect(await vm('ls /sys/class/net | grep -c br-')).toBe('3\n');
    const both = await ok('network', 'prune', '-f');
    expect(both.split('\n').sort()).toEqual(['', 'Deleted Networks:', 'kept', 'stopped']);
  });

  it('asks first, and takes no filter that it does not know', async () => {
    expect((await typed('docker network prune', 'n\n')).stdout).toContain(
      'WARNING! This will remove all custom networks not used by at least one container.',
    );
    const wrong = await typed('docker network prune -f --filter nosuch=1');
    expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining("invalid filter 'nosuch'")]);
    await ok('rm', '-f', 'user', 'runs');
    await ok('network', 'rm', 'used');
  });
};
