// Health checks, run by the engine.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok, docker } = machine;
  const inspect = (name: string, template: string): Promise<string> => ok('inspect', '-f', template, name);

  it('is healthy when its check says so', async () => {
    const check = ['--health-cmd', 'test -f /ok', '--health-interval', '200ms', '--health-retries', '2'];
    const format = '{{.Action}} {{with .Actor.Attributes}}{{or .exitCode "-"}} {{or .execID "-"}}{{end}}';
    const since = await ok('info', '--format', '{{.SystemTime}}');
    await ok('run', '-d', '--name', 'hc', ...check, 'busybox', 'sleep', '1000');
    const told = docker.follow(['events', '--since', since, '--filter', 'container=hc', '--format', format]);
    await told.until('health_status: unhealthy');
    expect(await ok('ps', '--format', '{{.Status}}', '--filter', 'health=unhealthy')).toContain('(unhealthy)');
    await ok('exec', 'hc', 'touch', '/ok');
    await told.until('health_status: healthy');
    told.stop();
    const probe = '/bin/sh -c test -f /ok';
    const execs = told.output().match(/^exec_.*$/gm) ?? [];
    const id = execs[0]?.split(' ').at(-1);
    expect(execs.slice(0, 3)).toEqual([
      `exec_create: ${probe} - ${id}`,
      `exec_start: ${probe} - ${id}`,
      `exec_die 1 ${id}`,
    ]);
    expect(await inspect('hc', '{{.State.Health.Status}} {{.State.Health.FailingStreak}}')).toBe('healthy 0');
    await ok('rm', '-f', 'hc');
  });
};
