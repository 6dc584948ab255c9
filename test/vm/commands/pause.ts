// docker create, start, pause, unpause, stop, restart, kill, wait, rename and rm: one container through all its states.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok, docker } = machine;
  const fails = async (...args: string[]): Promise<string> => (await machine.fails(...args)).stderr.trim();
  const inspect = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);

  it('goes from created through running and paused to exited', async () => {
    await ok('create', '--name', 'life', 'busybox', 'sh', '-c', 'trap "exit 5" TERM; while :; do sleep 0.1; done');
    expect(await inspect('life', '{{.State.Status}} {{.State.Pid}}')).toBe('created 0');
    await ok('start', 'life');
    expect(await inspect('life', '{{.State.Status}} {{gt .State.Pid 1}}')).toBe('running true');
    await ok('pause', 'life');
    expect(await inspect('life', '{{.State.Status}} {{.State.Paused}}')).toBe('paused true');
    expect(await fails('pause', 'life')).toContain('is already paused');
    expect(await fails('exec', 'life', 'true')).toContain('is paused, unpause the container before exec');
    await ok('unpause', 'life');
    expect(await fails('unpause', 'life')).toContain('is not paused');
    await ok('stop', 'life');
    expect(await inspect('life', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 5');
    expect(await fails('exec', 'life', 'true')).toContain('is not running');
    await ok('restart', '-t', '0', 'life');
    expect(await inspect('life', '{{.State.Status}}')).toBe('running');
    expect(await fails('rm', 'life')).toContain(
      'container is running: stop the container before removing or force remove',
    );
  });

  it('takes signals, and none that do not exist', async () => {
    expect(await fails('kill', '-s', 'FOO', 'life')).toContain('invalid signal: FOO');
    const wait = docker.run(['wait', 'life']);
    await ok('kill', '-s', 'TERM', 'life');
    expect((await wait).stdout).toBe('5\n');
    expect(await fails('kill', 'life')).toContain('is not running');
  });

  it('is renamed, but not to a name that is taken', async () => {
    await ok('create', '--name', 'taken', 'busybox');
    expect(await fails('rename', 'life', 'taken')).toContain(
      'Conflict. The container name "/taken" is already in use by container',
    );
    await ok('rename', 'life', 'lived');
    expect(await ok('rm', 'lived', 'taken')).toBe('lived\ntaken');
    expect(await fails('rm', 'lived')).toContain('No such container: lived');
  });
};
