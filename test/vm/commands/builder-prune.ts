// docker builder prune: what earlier builds have left to be quicker: cache mounts, and images without a name.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  const DOCKERFILE =
    'FROM busybox\nRUN --mount=type=cache,target=/c head -c 20000 /dev/zero >/c/x\nRUN echo $RANDOM >/y\n';

  it('removes them, and says how much that was; a second time there is nothing', async () => {
    const layers = (): Promise<string> => vm('ls /var/lib/docker/overlay2 | wc -l; docker images -aq | wc -l');
    await vm('docker builder prune -af >/dev/null');
    const before = await layers();
    await vm(`printf '${DOCKERFILE.replaceAll('\n', '\\n')}' | docker build -q - >/dev/null`);
    expect(await layers()).not.toBe(before);
    const ran = await typed('docker builder prune -af');
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toMatch(/Total(?: reclaimed space)?:\s+\d+(\.\d+)?kB\n$/);
    expect(await layers()).toBe(before);
    expect((await typed('docker builder prune -af')).stdout).toMatch(/Total(?: reclaimed space)?:\s+0B\n$/);
  });

  it('is the same with the client in the VM; asks first, and takes no arguments', async () => {
    expect(await vm('docker builder prune -f; docker builder prune x 2>/dev/null; echo $?')).toBe(
      'Total reclaimed space: 0B\n1\n',
    );
    expect(await vm('echo n | docker builder prune')).toContain('WARNING! This will remove all dangling build cache.');
    expect(await ok('ps', '-aq')).toBe(done().stdout);
  });
};
