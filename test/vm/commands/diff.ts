// docker diff: what the overlay's upper directory has: added, changed, deleted.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('tells A, C and D from files, whiteouts and opaque directories', async () => {
    const script =
      'echo x >/new; rm /etc/passwd; chmod 700 /root; mkdir -p /a/b; touch /a/b/c; rm -r /var/spool; mkdir /var/spool; mv /a/b/c /a/b/d';
    await ok('run', '--name', 'changed', 'busybox', 'sh', '-c', script);
    const { stdout, ...ran } = await typed('docker diff changed');
    expect(ran).toEqual({ exitCode: 0, stderr: '' });
    const upper = await ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'changed');
    expect(await vm(`stat -c %F ${upper}/etc/passwd; ls ${upper}/a/b`)).toBe('character special file\nd\n');
    expect(stdout.trim().split('\n').sort()).toEqual(
      expect.arrayContaining(['A /a', 'A /a/b', 'A /a/b/d', 'A /new', 'C /etc', 'C /root', 'D /etc/passwd']),
    );
    expect(stdout).not.toContain('/a/b/c');
    await ok('rm', 'changed');
  });

  it('is empty where nothing has changed, and says what is not there', async () => {
    await ok('create', '--name', 'still', 'busybox');
    expect(await typed('docker diff still')).toEqual(done());
    expect(await typed('docker diff nosuch')).toEqual(daemonSays('No such container: nosuch'));
    expect(await typed('docker diff still still')).toMatchObject({ exitCode: 1, stdout: '' });
    await ok('rm', 'still');
  });
};
