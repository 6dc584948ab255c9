// docker pull, images, tag, rmi and history.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker }) => {
  const ok = (...args: string[]): Promise<string> => docker.ok(...args);

  it('are pulled, listed, tagged, removed', async () => {
    expect(await ok('pull', 'hello-world')).toMatch(
      /Status: (Downloaded newer image|Image is up to date) for hello-world:latest/,
    );
    await ok('tag', 'hello-world', 'mine:1');
    expect(await ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'mine')).toBe('mine:1\n');
    expect(await ok('rmi', 'mine:1')).toBe('Untagged: mine:1\n');
    expect(await ok('run', '--rm', 'hello-world')).toContain('Hello');
    expect(await ok('history', '-q', 'hello-world')).not.toBe('');
  });
};
