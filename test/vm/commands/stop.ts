// docker stop: the container's own signal, and SIGKILL when its time is over.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok } = machine;
  const inspect = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);

  it('stops by the signal that it asks for, and by SIGKILL when the time is over', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'int',
      '--stop-signal',
      'INT',
      'busybox',
      'sh',
      '-c',
      'trap "exit 3" INT; while :; do sleep 0.1; done',
    );
    await ok('stop', 'int');
    expect(await inspect('int', '{{.State.ExitCode}}')).toBe('3');
    await ok(
      'run',
      '-d',
      '--name',
      'deaf',
      '--stop-timeout',
      '1',
      'busybox',
      'sh',
      '-c',
      'trap "" TERM; while :; do sleep 0.1; done',
    );
    await ok('stop', 'deaf');
    expect(await inspect('deaf', '{{.State.ExitCode}}')).toBe('137');
    await ok('rm', 'int', 'deaf');
  });
};
