// docker rmi: names go first; the layers when nothing needs them.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm, error }) => {
  it('takes a name away, and with the last one the image and its own layer', async () => {
    const layers = (): Promise<string> => vm('ls /var/lib/docker/overlay2 | wc -l');
    const before = await layers();
    await ok('run', '--name', 'maker', 'busybox', 'touch', '/x');
    const id = await ok('commit', 'maker', 'mine:1');
    await ok('rm', 'maker');
    await ok('tag', 'mine:1', 'mine:2');
    expect(await typed('docker rmi mine:1')).toEqual(done('Untagged: mine:1'));
    const chain = await typed('docker rmi mine:2');
    expect(chain).toMatchObject({ exitCode: 0, stderr: '' });
    expect(chain.stdout.split('\n').slice(0, 2)).toEqual(['Untagged: mine:2', `Deleted: ${id}`]);
    expect(await layers()).toBe(before);
  });

  it('refuses what containers use or several names share, and does it with -f', async () => {
    const user = await ok('run', '-d', '--name', 'user', 'busybox', 'sleep', '1000');
    const id = await ok('inspect', '-f', '{{.Id}}', 'busybox');
    expect(await error('rmi', 'busybox')).toBe(
      `conflict: unable to remove repository reference "busybox:latest" (must force) - container ${user.slice(0, 12)} is using its referenced image ${id.slice(7, 19)}`,
    );
    expect(await error('rmi', '-f', id)).toBe(
      `conflict: unable to delete ${id.slice(7, 19)} (cannot be forced) - image is being used by running container ${user.slice(0, 12)}`,
    );
    await ok('rm', '-f', 'user');
    await ok('tag', 'busybox', 'mine/app:1');
    expect(await error('rmi', id)).toBe(
      `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
    );
    await ok('rmi', 'mine/app:1');
  });

  it('goes on behind one that is not there', async () => {
    await ok('tag', 'busybox', 'mine:1');
    expect(await typed('docker rmi nosuch mine:1')).toEqual({
      exitCode: 1,
      stdout: 'Untagged: mine:1\n',
      stderr: 'Error response from daemon: No such image: nosuch:latest\n',
    });
    expect((await typed('docker rmi -f nosuch')).exitCode).toBe(0);
  });
};
