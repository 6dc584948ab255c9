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

  /** Runs it until `wanted` is told of it. */
  const until = async (wanted: string | RegExp, ...args: string[]): Promise<void> => {
    const since = await ok('info', '--format', '{{.SystemTime}}');
    await ok('run', '-d', '--name', 'hc', '--health-interval', '100ms', '--health-retries', '1', ...args);
    const told = docker.follow(['events', '--since', since, '--filter', 'container=hc', '--format', '{{.Action}}']);
    await told.until(wanted);
    told.stop();
  };

  it('is ended when it takes too long', async () => {
    const check = ['--health-cmd', 'echo began; sleep 1000', '--health-timeout', '1s'];
    await until('health_status: unhealthy', ...check, 'busybox', 'sleep', '1000');
    expect(await inspect('hc', '{{with index .State.Health.Log 0}}{{.ExitCode}} {{.Output}}{{end}}')).toMatch(
      /^-1 Health check exceeded timeout \(1s\)/,
    );
    await ok('rm', '-f', 'hc');
  });

  it('does not count failures while the container starts', async () => {
    const check = ['--health-cmd', 'exit 3', '--health-start-period', '1h', '--health-start-interval', '100ms'];
    await until(/(exec_die[^]*){3}/, ...check, 'busybox', 'sleep', '1000');
    expect(
      await inspect('hc', '{{with .State.Health}}{{.Status}} {{.FailingStreak}} {{(index .Log 0).ExitCode}}{{end}}'),
    ).toBe('starting 0 3');
    await ok('rm', '-f', 'hc');
  });

  it('comes from the image, unless it is refused', async () => {
    await ok('create', '--name', 'made', 'busybox', 'sleep', '1000');
    await ok('commit', '--change', 'HEALTHCHECK --interval=1h CMD test -f /ok', 'made', 'checked');
    await ok('run', '-d', '--name', 'hc', 'checked');
    expect(await inspect('hc', '{{.State.Health.Status}} {{.Config.Healthcheck.Test}}')).toBe(
      'starting [CMD-SHELL test -f /ok]',
    );
    await ok('rm', '-f', 'hc');
    await ok('run', '-d', '--name', 'hc', '--no-healthcheck', 'checked');
    expect(await inspect('hc', '{{json .State.Health}} {{.Config.Healthcheck.Test}}')).toBe('null [NONE]');
    await ok('rm', '-f', 'hc', 'made');
    await ok('rmi', 'checked');
  });
};
