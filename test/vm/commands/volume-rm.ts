// docker volume rm: the directory and what is in it.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('removes what nobody uses, and goes on behind what is in use or not there', async () => {
    await ok('volume', 'create', 'idle');
    const user = await ok('create', '--name', 'user', '-v', 'used:/u', 'busybox');
    expect(await typed('docker volume rm used nosuch idle')).toEqual({
      exitCode: 1,
      stdout: 'idle\n',
      stderr:
        daemonSays(`remove used: volume is in use - [${user}]`).stderr +
        daemonSays('get nosuch: no such volume').stderr,
    });
    expect(await vm('ls /var/lib/docker/volumes')).toBe('used\n');
    await ok('rm', 'user');
    expect(await typed('docker volume rm used')).toEqual(done('used'));
    expect(await vm('ls /var/lib/docker/volumes')).toBe('');
    expect((await typed('docker volume rm -f nosuch')).exitCode).toBe(0);
    expect((await typed('docker volume rm')).exitCode).toBe(1);
  });
};
