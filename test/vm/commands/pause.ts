// docker pause: the cgroup's freezer holds every process of a container.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, error, vm }) => {
  it('freezes the cgroup, and nothing in it gets any further', async () => {
    await ok('run', '-d', '--name', 'ice', 'busybox', 'sh', '-c', 'while :; do echo . >>/ticks; usleep 20000; done');
    expect(await typed('docker pause ice')).toEqual(done('ice'));
    expect(await ok('inspect', '-f', '{{.State.Status}} {{.State.Paused}}', 'ice')).toBe('paused true');
    const events = await vm(
      `cat ${cgroupOf('ice')}/cgroup.freeze; until grep -x 'frozen 1' ${cgroupOf('ice')}/cgroup.events; do usleep 20000; done`,
    );
    expect(events).toBe('1\nfrozen 1\n');
    expect(await ok('ps', '--filter', 'status=paused', '--format', '{{.Names}} {{.Status}}')).toMatch(
      /^ice Up .*\(Paused\)$/,
    );
  });

  it('is refused twice, for what does not run, and for what is not there', async () => {
    const id = await ok('inspect', '-f', '{{.Id}}', 'ice');
    expect(await typed('docker pause ice')).toEqual(daemonSays(`container ${id} is already paused`));
    expect(await error('exec', 'ice', 'true')).toContain('is paused, unpause the container before exec');
    const made = await ok('create', '--name', 'cold', 'busybox');
    expect(await typed('docker pause cold')).toEqual(daemonSays(`container ${made} is not running`));
    expect(await typed('docker pause nosuch')).toEqual(daemonSays('No such container: nosuch'));
    await ok('rm', '-f', 'ice', 'cold');
  });
};
