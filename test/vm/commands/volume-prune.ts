// docker volume prune: anonymous ones that nobody uses, with -a named ones too.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('removes directories, and counts what was in them', async () => {
    await ok(
      'run',
      '--name',
      'maker',
      '-v',
      '/d',
      '-v',
      'kept:/k',
      'busybox',
      'sh',
      '-c',
      'head -c 20000 /dev/zero >/d/x',
    );
    await ok('rm', 'maker');
    await ok('volume', 'create', '--label', 'color=blue', 'blue');
    expect((await typed('docker volume prune -f')).stdout).toMatch(
      /^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: 20kB\n$/,
    );
    expect(await vm('ls /var/lib/docker/volumes')).toBe('blue\nkept\n');
    expect(await typed('docker volume prune -af --filter label!=color')).toEqual(
      done('Deleted Volumes:', 'kept', '', 'Total reclaimed space: 0B'),
    );
    expect(await typed('docker volume prune -f')).toEqual(done('Total reclaimed space: 0B'));
    expect(await vm('ls /var/lib/docker/volumes')).toBe('blue\n');
  });

  it('asks first, and takes no filter that it does not know', async () => {
    expect((await typed('docker volume prune', 'n\n')).stdout).toContain('Are you sure you want to continue? [y/N]');
    expect((await typed('docker volume prune -f --filter nosuch=1')).stderr).toContain("invalid filter 'nosuch'");
    await ok('volume', 'rm', 'blue');
  });
};
