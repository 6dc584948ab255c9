// docker tag: another name for the same ID.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('names an image by name or ID; nothing is copied, and a name that was there moves', async () => {
    const layers = await vm('ls /var/lib/docker/overlay2 | wc -l');
    const id = await ok('inspect', '-f', '{{.Id}}', 'busybox');
    expect(await typed('docker tag busybox mine')).toEqual(done());
    expect(await typed(`docker tag ${id.slice(7, 19)} mine:2`)).toEqual(done());
    expect(await ok('inspect', '-f', '{{.Id}} {{json .RepoTags}}', 'mine:2')).toBe(
      `${id} ["busybox:latest","mine:2","mine:latest"]`,
    );
    expect(await vm('ls /var/lib/docker/overlay2 | wc -l')).toBe(layers);
    await ok('create', '--name', 'box', 'busybox');
    const other = await ok('commit', 'box');
    await ok('rm', 'box');
    await ok('tag', other, 'mine:2');
    expect(await ok('inspect', '-f', '{{.Id}}', 'mine:2')).toBe(other);
    await ok('rmi', 'mine', 'mine:2');
  });

  it('says what is not there, and takes no name that is none', async () => {
    expect(await typed('docker tag nosuch mine')).toEqual(daemonSays('No such image: nosuch:latest'));
    expect((await typed('docker tag busybox "a b"')).stderr).toContain('invalid reference format');
    expect((await typed(`docker tag busybox ${'0'.repeat(64)}`)).exitCode).toBe(1);
    expect((await typed('docker tag busybox')).exitCode).toBe(1);
  });
};
