// docker rename.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  const failed = (name: string, words: string) => ({
    exitCode: 1,
    stdout: '',
    stderr: `Error response from daemon: ${words}\nError: failed to rename container named ${name}\n`,
  });

  it('gives another name to the same process, and the old name is free', async () => {
    await ok('run', '-d', '--name', 'before', 'busybox', 'sleep', '1000');
    const pid = await ok('inspect', '-f', '{{.State.Pid}}', 'before');
    expect(await typed('docker rename before after')).toEqual(done());
    expect(await ok('ps', '--format', '{{.Names}}')).toBe('after');
    expect(await ok('inspect', '-f', '{{.State.Pid}} {{.Name}}', 'after')).toBe(`${pid} /after`);
    const record = `/var/lib/docker/containers/${await ok('inspect', '-f', '{{.Id}}', 'after')}/config.v2.json`;
    expect(await vm(`grep -oE '"name": ?"[^"]*"' ${record} | head -1`)).toContain('after');
  });

  it('refuses a name that is taken, the own one, a bad one, and says what is not there', async () => {
    const id = await ok('create', '--name', 'taken', 'busybox');
    expect(await typed('docker rename after taken')).toEqual(
      failed(
        'after',
        `Conflict. The container name "/taken" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
      ),
    );
    expect(await typed('docker rename after after')).toEqual(
      failed('after', 'Renaming a container with the same name as its current name'),
    );
    expect((await typed('docker rename after "a b"')).stderr).toContain('Invalid container name (a b)');
    expect(await typed('docker rename nosuch other')).toEqual(failed('nosuch', 'No such container: nosuch'));
    expect(await ok('ps', '-a', '--format', '{{.Names}}')).toBe('taken\nafter');
    await ok('rm', '-f', 'after', 'taken');
  });
};
