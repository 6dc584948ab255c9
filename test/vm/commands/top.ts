// docker top: the processes of a container's cgroup, with the PIDs that the VM gives them.
import { expect, it } from 'vitest';
import { cgroupOf, daemonSays, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('shows the processes of the cgroup', async () => {
    await ok('run', '-d', '--name', 'busy', 'busybox', 'sh', '-c', 'sleep 1000 & exec sleep 2000');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'busy');
    await vm(`until [ $(tr '\\0' '\\n' </proc/${pid}/cmdline | tail -1) = 2000 ]; do usleep 20000; done`);
    const [head, ...rows] = (await ok('top', 'busy')).split('\n');
    expect(head).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD$/);
    expect(rows.map((row) => row.split(/\s+/)[1]).sort()).toEqual(
      (await vm(`cat ${cgroupOf('busy')}/cgroup.procs`)).trim().split('\n').sort(),
    );
    expect(rows.map((row) => row.split(/\s+/).slice(7).join(' ')).sort()).toEqual(['sleep 1000', 'sleep 2000']);
  });

  it('takes the columns of ps, and refuses what ps does not know', async () => {
    expect((await ok('top', 'busy', '-o', 'pid,comm')).split('\n')).toEqual([
      expect.stringMatching(/^PID +COMMAND$/),
      expect.stringMatching(/^\d+ +sleep$/),
      expect.stringMatching(/^\d+ +sleep$/),
    ]);
    expect(await typed('docker top busy -o nosuch')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('is refused for what does not run, and for what is not there', async () => {
    await ok('kill', 'busy');
    const id = await ok('inspect', '-f', '{{.Id}}', 'busy');
    expect(await typed('docker top busy')).toEqual(daemonSays(`container ${id} is not running`));
    expect(await typed('docker top nosuch')).toEqual(daemonSays('No such container: nosuch'));
    await ok('rm', 'busy');
  });
};
