// docker exec, and the list, the log and the processes of a container that goes on.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker }) => {
  const ok = (...args: string[]): Promise<string> => docker.ok(...args);

  it('is listed, logs, and takes another process', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'web',
      '-l',
      'role=test',
      'busybox',
      'sh',
      '-c',
      'i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done',
    );
    expect(await ok('ps', '--format', '{{.Names}} {{.Image}} {{.State}}')).toBe('web busybox running\n');
    const logs = docker.follow(['logs', '-f', 'web']);
    await logs.until('line 2\n');
    logs.stop();
    expect(logs.output().startsWith('line 0\nline 1\n')).toBe(true);
    expect(await docker.run(['exec', 'web', 'sh', '-c', 'echo in; exit 3'])).toMatchObject({
      exitCode: 3,
      stdout: 'in\n',
    });
    expect((await docker.run(['exec', '-i', 'web', 'cat'], 'typed')).stdout).toBe('typed');
    expect(await ok('top', 'web')).toContain('sleep 0.2');
    expect(await ok('ps', '-q', '--filter', 'label=role=other')).toBe('');
  });
};
