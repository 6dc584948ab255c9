// docker unpause: what was frozen goes on from where it was.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('thaws the cgroup: the same process goes on', async () => {
    const program = 'i=0; while :; do echo $((i += 1)) >/n.new; mv /n.new /n; usleep 20000; done';
    await ok('run', '-d', '--name', 'ice', 'busybox', 'sh', '-c', program);
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'ice');
    await ok('pause', 'ice');
    expect(await typed('docker unpause ice')).toEqual(done('ice'));
    expect(await vm(`cat ${cgroupOf('ice')}/cgroup.freeze`)).toBe('0\n');
    expect(await ok('inspect', '-f', '{{.State.Status}} {{.State.Pid}}', 'ice')).toBe(`running ${pid}`);
    const n = `/proc/${pid}/root/n`;
    await vm(
      `until [ -e ${n} ]; do usleep 20000; done; now=$(cat ${n}); until [ $(cat ${n}) -gt $now ]; do usleep 20000; done`,
    );
  });

  it('is refused for what is not paused, and for what is not there', async () => {
    const id = await ok('inspect', '-f', '{{.Id}}', 'ice');
    expect(await typed('docker unpause ice')).toEqual(daemonSays(`Container ${id} is not paused`));
    expect(await typed('docker unpause nosuch')).toEqual(daemonSays('No such container: nosuch'));
    await ok('rm', '-f', 'ice');
  });
};
