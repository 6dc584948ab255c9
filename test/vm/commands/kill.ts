// docker kill: a signal to a container's PID 1.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm, docker }) => {
  it('sends SIGKILL: the process and its cgroup are gone', async () => {
    await ok('run', '-d', '--name', 'gone', 'busybox', 'sleep', '1000');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'gone');
    expect(await typed('docker kill gone')).toEqual(done('gone'));
    expect(await ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'gone')).toBe('exited 137');
    expect(await vm(`ls -d /proc/${pid} ${cgroupOf('gone')} 2>/dev/null; true`)).toBe('');
    expect(await typed('docker kill gone')).toEqual(
      daemonSays(
        `cannot kill container: gone: container ${await ok('inspect', '-f', '{{.Id}}', 'gone')} is not running`,
      ),
    );
    await ok('rm', 'gone');
  });

  it('sends the signal that is named, by name or number, and none that does not exist', async () => {
    const counts = `trap 'echo HUP $((n += 1))' HUP; trap 'exit 5' TERM; echo ready; sleep 1000 & while :; do wait; done`;
    await ok('run', '-d', '--name', 'hears', 'busybox', 'sh', '-c', counts);
    const log = docker.follow(['logs', '-f', 'hears']);
    await log.until('ready\n');
    expect(await typed('docker kill -s HUP hears')).toEqual(done('hears'));
    await log.until('HUP 1\n');
    expect(await typed('docker kill --signal 1 hears')).toEqual(done('hears'));
    await log.until('HUP 2\n');
    log.stop();
    for (const signal of ['FOO', '99', '0'])
      expect(await typed(`docker kill -s ${signal} hears`)).toEqual(
        daemonSays(`cannot kill container: hears: invalid signal: ${signal}`),
      );
    expect(await ok('inspect', '-f', '{{.State.Running}}', 'hears')).toBe('true');
    await ok('kill', '-s', 'SIGTERM', 'hears');
    expect(await typed('docker wait hears')).toEqual(done('5'));
    await ok('rm', 'hears');
  });

  it('says what is not there', async () => {
    expect(await typed('docker kill nosuch')).toEqual(
      daemonSays('cannot kill container: nosuch: No such container: nosuch'),
    );
  });
};
