// docker start: the process of a container that was created or has ended.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('starts by name, and again what runs is no error; the process is the cgroup’s', async () => {
    await ok('create', '--name', 'one', 'busybox', 'sleep', '1000');
    await ok('create', '--name', 'two', 'busybox', 'sleep', '1000');
    expect(await typed('docker start one two')).toEqual(done('one', 'two'));
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'one');
    expect(await vm(`cat ${cgroupOf('one')}/cgroup.procs; tr '\\0' ' ' </proc/${pid}/cmdline`)).toBe(
      `${pid}\nsleep 1000 `,
    );
    expect(await typed('docker start one')).toEqual(done('one'));
    expect(await ok('inspect', '-f', '{{.State.Pid}}', 'one')).toBe(pid);
    await ok('rm', '-f', 'one', 'two');
  });

  it('attaches with -a and -i: streams, stdin, and the exit code', async () => {
    await ok('create', '-i', '--name', 'asks', 'busybox', 'sh', '-c', 'read x; echo got $x; echo bad >&2; exit 4');
    for (const _ of [1, 2])
      expect(await typed('docker start -ai asks', 'a line\n')).toEqual({
        exitCode: 4,
        stdout: 'got a line\n',
        stderr: 'bad\n',
      });
    await ok('rm', 'asks');
  });

  it('says what is not there, cannot be executed, or is more than one for -a', async () => {
    expect(await typed('docker start nosuch')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Error response from daemon: No such container: nosuch\nError: failed to start containers: nosuch\n',
    });
    await ok('create', '--name', 'none', 'busybox', '/nosuch');
    const ran = await typed('docker start none');
    expect([ran.exitCode, ran.stderr]).toEqual([
      1,
      expect.stringMatching(
        /exec: "\/nosuch": stat \/nosuch: no such file or directory: unknown\nError: failed to start containers: none\n$/,
      ),
    ]);
    expect(await ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'none')).toBe('created 127');
    expect(await vm(`ls -d ${cgroupOf('none')} 2>/dev/null; true`)).toBe('');
    expect(await typed('docker start -a none nosuch')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('you cannot start and attach multiple containers at once'),
    });
    await ok('run', '-d', '--name', 'ice', 'busybox', 'sleep', '1000');
    await ok('pause', 'ice');
    expect((await typed('docker start ice')).stderr).toContain(
      daemonSays('cannot start a paused container, try unpause instead').stderr,
    );
    await ok('rm', '-f', 'none', 'ice');
  });
};
