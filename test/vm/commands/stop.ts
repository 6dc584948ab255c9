// docker stop: the container's own signal, and SIGKILL when its time is over.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok, typed, vm } = machine;
  const inspect = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);
  const traps = (signal: string): string[] => ['sh', '-c', `trap "exit 3" ${signal}; sleep 1000 & wait`];

  it('stops by the signal that it asks for, and by SIGKILL when the time is over', async () => {
    await ok('run', '-d', '--name', 'int', '--stop-signal', 'INT', 'busybox', ...traps('INT'));
    expect(await typed('docker stop int')).toEqual(done('int'));
    expect(await inspect('int', '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}')).toBe('exited 3 0');
    expect(await vm(`ls -d ${cgroupOf('int')} 2>/dev/null; true`)).toBe('');
    const deaf = 'trap "" TERM; sleep 1000 & wait';
    await ok('run', '-d', '--name', 'deaf', '--stop-timeout', '1', 'busybox', 'sh', '-c', deaf);
    await ok('stop', 'deaf');
    expect(await inspect('deaf', '{{.State.ExitCode}}')).toBe('137');
    await ok('rm', 'int', 'deaf');
  });

  it('takes signal and time of its own, also of what is paused; what has ended is no error', async () => {
    await ok('run', '-d', '--name', 'usr', 'busybox', ...traps('USR1'));
    await ok('pause', 'usr');
    expect(await typed('docker stop -s USR1 -t 60 usr')).toEqual(done('usr'));
    expect(await inspect('usr', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 3');
    expect(await typed('docker stop usr')).toEqual(done('usr'));
    await ok('rm', 'usr');
  });

  it('goes on behind one that is not there', async () => {
    await ok('run', '-d', '--name', 'last', 'busybox', 'sleep', '1000');
    expect(await typed('docker stop -t 0 nosuch last')).toEqual({
      ...daemonSays('No such container: nosuch'),
      stdout: 'last\n',
    });
    await ok('start', 'last');
    expect(await typed('docker stop -s FOO last')).toMatchObject({ exitCode: 1 });
    await ok('kill', 'last');
    await ok('rm', 'last');
  });
};
