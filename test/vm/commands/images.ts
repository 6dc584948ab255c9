// docker images: names, digests and sizes of what is in the store.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('lists by name, with digests and whole IDs', async () => {
    await ok('tag', 'busybox', 'mine/app:1');
    const id = await ok('inspect', '-f', '{{.Id}}', 'busybox');
    const [head, ...rows] = (await ok('images')).split('\n');
    expect(head).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
    expect(rows).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`^busybox +latest +${id.slice(7, 19)} +\\S.* ago +\\S+MB$`)),
        expect.stringMatching(new RegExp(`^mine/app +1 +${id.slice(7, 19)} `)),
      ]),
    );
    expect(await typed('docker images --no-trunc -q mine/app')).toEqual(done(id));
    expect(await ok('images', '--digests', '--format', '{{.Digest}}', 'busybox')).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await vm(`find /var/lib/docker/image -name ${id.slice(7)} | head -1`)).toContain('/var/lib/docker/image/');
  });

  it.each([
    ['mine/*', 'mine/app:1'],
    ['busybox:latest', 'busybox:latest'],
    ['nosuch', ''],
    ['--filter reference=mine/app', 'mine/app:1'],
    ['--filter label=nosuch', ''],
    ['--filter dangling=true', ''],
    ['--filter since=busybox --filter reference=mine/app', ''],
  ])('%s', async (words, said) => {
    expect(await ok('images', ...words.split(' '), '--format', '{{.Repository}}:{{.Tag}}')).toBe(said);
  });

  it('shows unnamed ones as <none>, and intermediate ones with -a only', async () => {
    await ok('create', '--name', 'box', 'busybox');
    const id = await ok('commit', 'box');
    await ok('rm', 'box');
    expect(await ok('images', '--filter', 'dangling=true', '--format', '{{.Repository}} {{.Tag}} {{.ID}}')).toBe(
      `<none> <none> ${id.slice(7, 19)}`,
    );
    await ok('rmi', id, 'mine/app:1');
  });

  it('refuses a filter that there is not, and two names', async () => {
    expect(await typed('docker images --filter nosuch=1')).toEqual(daemonSays("invalid filter 'nosuch'"));
    expect(await typed('docker images --filter dangling=perhaps')).toMatchObject({ exitCode: 1, stdout: '' });
    expect((await typed('docker images a b')).exitCode).toBe(1);
  });
};
