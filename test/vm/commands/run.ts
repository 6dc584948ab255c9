// docker run: streams, exit codes, stdin and terminals.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker }) => {
  const ok = (...args: string[]): Promise<string> => docker.ok(...args);

  it('prints what the program prints and keeps the streams apart', async () => {
    expect(await docker.run(['run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2'])).toEqual({
      exitCode: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it.each([
    [['sh', '-c', 'exit 7'], 7, ''],
    [['nosuch'], 127, 'executable file not found in $PATH'],
    [['/etc'], 126, 'is a directory'],
  ])('%j ends with %d', async (command, exitCode, words) => {
    const ran = await docker.run(['run', '--rm', 'busybox', ...command]);
    expect(ran.exitCode).toBe(exitCode);
    expect(ran.stderr).toContain(words);
  });

  it('ends with 125 when there is no such image', async () => {
    const ran = await docker.run(['run', '--rm', 'nosuch:1']);
    expect(ran.exitCode).toBe(125);
    expect(ran.stderr).toContain("Unable to find image 'nosuch:1' locally");
  });

  it('gives stdin to the program, and its end', async () => {
    expect((await docker.run(['run', '-i', '--rm', 'busybox', 'wc', '-c'], 'hello\n')).stdout.trim()).toBe('6');
  });

  it('has a terminal with -t', async () => {
    expect((await docker.runOnTerminal(['run', '-t', '--rm', 'busybox', 'tty'])).stdout).toContain('/dev/pts/0');
  });

  it('takes name, user, directory, environment, host name', async () => {
    const out = await ok(
      'run',
      '--rm',
      '--name',
      'who',
      '-u',
      '33:33',
      '-w',
      '/tmp',
      '-e',
      'A=b',
      '-h',
      'box',
      'busybox',
      'sh',
      '-c',
      'id -u; pwd; echo $A; hostname',
    );
    expect(out.split('\n').slice(0, 4)).toEqual(['33', '/tmp', 'b', 'box']);
  });

  it('leaves nothing behind with --rm', async () => {
    expect(await ok('ps', '-aq')).toBe('');
  });
};
