// docker create: everything of a container but its process.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('prints the ID of a container that has a record and a layer, and no process, mount or cgroup', async () => {
    const { stdout, ...ran } = await typed(`docker create --name made -e A=one busybox sh -c 'echo $A'`);
    expect([ran, stdout]).toEqual([{ exitCode: 0, stderr: '' }, expect.stringMatching(/^[0-9a-f]{64}\n$/)]);
    expect(await ok('inspect', '-f', '{{.Id}} {{.State.Status}} {{.State.Pid}}', 'made')).toBe(
      `${stdout.trim()} created 0`,
    );
    const upper = await ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'made');
    expect(
      await vm(`ls -d ${upper} /var/lib/docker/containers/${stdout.trim()}; ls -d ${cgroupOf('made')} 2>/dev/null
        grep -c ${upper} /proc/mounts; true`),
    ).toBe(`/var/lib/docker/containers/${stdout.trim()}\n${upper}\n0\n`);
    expect(await typed('docker start -a made')).toEqual(done('one'));
  });

  it('refuses a name that is taken, a bad name and flags that clash, and pulls what is not there', async () => {
    const id = await ok('inspect', '-f', '{{.Id}}', 'made');
    expect(await typed('docker create --name made busybox')).toEqual(
      daemonSays(
        `Conflict. The container name "/made" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
      ),
    );
    expect(await typed('docker create --name "a b" busybox')).toEqual(
      daemonSays('Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'),
    );
    expect((await typed('docker create --pull sometimes busybox')).exitCode).not.toBe(0);
    const missing = await typed('docker create nosuch:1');
    expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
    expect(missing.stderr).toContain("Unable to find image 'nosuch:1' locally\n");
    expect(await typed('docker create --pull never nosuch:1')).toEqual(daemonSays('No such image: nosuch:1'));
    expect(await typed('docker rm made')).toEqual(done('made'));
  });
};
