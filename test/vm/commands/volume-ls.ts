// docker volume ls.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('lists the directories there are, by every filter', async () => {
    await ok('volume', 'create', '--label', 'color=blue', 'data');
    await ok('create', '--name', 'user', '-v', 'used:/u', 'busybox');
    expect(await typed('docker volume ls')).toEqual(done('DRIVER    VOLUME NAME', 'local     data', 'local     used'));
    expect(await vm('ls /var/lib/docker/volumes')).toBe('data\nused\n');
    for (const [filter, said] of [
      ['label=color=blue', 'data'],
      ['name=use', 'used'],
      ['dangling=true', 'data'],
      ['dangling=false', 'used'],
      ['driver=local', 'data\nused'],
      ['driver=nosuch', ''],
    ] as const)
      expect(await ok('volume', 'ls', '-q', '--filter', filter), filter).toBe(said);
    expect(await ok('volume', 'ls', '--format', '{{.Name}} {{.Mountpoint}} {{.Labels}}', '-f', 'name=data')).toBe(
      'data /var/lib/docker/volumes/data/_data color=blue',
    );
  });

  it('refuses a filter that there is not', async () => {
    expect(await typed('docker volume ls --filter nosuch=1')).toEqual(daemonSays("invalid filter 'nosuch'"));
    await ok('rm', 'user');
    await ok('volume', 'rm', 'data', 'used');
  });
};
