// docker wait: until a container has ended, and with what code.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('prints the exit code when the process is gone, and at once of what has ended', async () => {
    await ok('run', '-di', '--name', 'waits', 'busybox', 'sh', '-c', 'cat; exit 6');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'waits');
    const waiting = typed(`docker wait waits`);
    await vm(`kill -9 $(docker top waits -o pid,comm | grep -w cat | cut -d' ' -f1)`);
    expect(await waiting).toEqual(done('6'));
    expect(await vm(`ls -d /proc/${pid} 2>/dev/null; true`)).toBe('');
    await ok('run', '--name', 'ended', 'busybox', 'true');
    expect(await typed('docker wait waits ended')).toEqual(done('6', '0'));
    await ok('rm', 'waits', 'ended');
  });

  it('says what is not there', async () => {
    expect(await typed('docker wait nosuch')).toEqual(daemonSays('No such container: nosuch'));
  });
};
