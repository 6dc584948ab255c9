// docker exec: one more process in a container's namespaces and cgroup.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm, docker }) => {
  it('runs beside PID 1: streams, stdin, exit code', async () => {
    await ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
    expect(await typed(`docker exec box sh -c 'echo in; echo bad >&2; exit 3'`)).toEqual({
      exitCode: 3,
      stdout: 'in\n',
      stderr: 'bad\n',
    });
    expect(await typed('docker exec -i box wc -c', 'typed')).toEqual(done('5'));
    expect(await typed('docker exec -u 33:34 -w /tmp -e A=b box sh -c "id -u; id -g; pwd; echo \\$A"')).toEqual(
      done('33', '34', '/tmp', 'b'),
    );
    expect((await docker.runOnTerminal(['exec', '-t', 'box', 'tty'])).stdout).toContain('/dev/pts/');
  });

  it('is in the container’s namespaces and cgroup, also in the background', async () => {
    expect(await typed('docker exec -d box sleep 2000')).toEqual(done());
    const [pid = '', ...all] = (
      await vm(`until docker top box | grep -q 'sleep 2000'; do usleep 20000; done
        docker top box | awk '/sleep 2000/ {print $2}'; cat ${cgroupOf('box')}/cgroup.procs`)
    ).split('\n');
    expect(all).toContain(pid);
    const init = await ok('inspect', '-f', '{{.State.Pid}}', 'box');
    const same = `for n in pid net mnt uts ipc; do [ $(readlink /proc/${pid}/ns/$n) = $(readlink /proc/${init}/ns/$n) ] || echo $n; done`;
    expect(await vm(same)).toBe('');
  });

  it('says what cannot be executed, who is not there, and what does not run', async () => {
    const none = await typed('docker exec box nosuch');
    expect([none.exitCode, none.stdout + none.stderr]).toEqual([
      127,
      expect.stringContaining('exec: "nosuch": executable file not found in $PATH'),
    ]);
    const directory = await typed('docker exec box /etc');
    expect([directory.exitCode, directory.stdout + directory.stderr]).toEqual([126, expect.stringContaining('/etc')]);
    const nobody = await typed('docker exec -u nosuch box true');
    expect([nobody.exitCode, nobody.stdout + nobody.stderr]).toEqual([
      126,
      expect.stringContaining('unable to find user nosuch'),
    ]);
    expect(await typed('docker exec nosuch true')).toEqual(daemonSays('No such container: nosuch'));
    await ok('stop', '-t', '0', 'box');
    const id = await ok('inspect', '-f', '{{.Id}}', 'box');
    expect(await typed('docker exec box true')).toEqual(daemonSays(`container ${id} is not running`));
    await ok('rm', 'box');
  });
};
