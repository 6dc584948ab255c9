// Restart policies.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok, docker } = machine;
  const inspect = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);

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
