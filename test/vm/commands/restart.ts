// docker restart, by hand and by policy.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok, docker, typed, vm } = machine;
  const inspect = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);

  it('ends the process and starts another, in the same root and with what it has written', async () => {
    await ok('run', '-d', '--name', 'twice', 'busybox', 'sh', '-c', 'echo once >>/count; exec sleep 1000');
    const pid = await inspect('twice', '{{.State.Pid}}');
    await vm(`until grep -q sleep /proc/${pid}/cmdline; do usleep 20000; done`);
    expect(await typed('docker restart -t 0 twice')).toEqual(done('twice'));
    const again = await inspect('twice', '{{.State.Pid}}');
    await vm(`until grep -q sleep /proc/${again}/cmdline; do usleep 20000; done`);
    expect(await vm(`ls -d /proc/${pid} 2>&1 | grep -c 'No such'; grep -c once /proc/${again}/root/count`)).toBe(
      '1\n2\n',
    );
    expect(await inspect('twice', '{{.State.Status}} {{.RestartCount}}')).toBe('running 0');
  });

  it('starts what has ended, and says what is not there', async () => {
    await ok('kill', 'twice');
    expect(await typed('docker restart twice nosuch')).toEqual({
      ...daemonSays('No such container: nosuch'),
      stdout: 'twice\n',
    });
    expect(await inspect('twice', '{{.State.Status}}')).toBe('running');
    await ok('rm', '-f', 'twice');
  });

  it('starts again as its restart policy says', async () => {
    const since = await ok('info', '--format', '{{.SystemTime}}');
    await ok('run', '-d', '--name', 'again', '--restart', 'on-failure:2', 'busybox', 'false');
    const told = docker.follow(['events', '--since', since, '--filter', 'container=again', '--format', '{{.Action}}']);
    await told.until(/(die[^]*){3}/);
    told.stop();
    expect(await inspect('again', '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}')).toBe('exited 1 2');
    expect(told.output().match(/start/g)).toHaveLength(3);
    await ok('rm', 'again');
  });
};
