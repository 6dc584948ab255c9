// docker container prune.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = (machine) => {
  const { ok } = machine;

  it('is pruned by label and age', async () => {
    await ok('create', '-l', 'keep=yes', '--name', 'kept', 'busybox');
    const gone = await ok('create', 'busybox');
    expect(await ok('container', 'prune', '-f', '--filter', 'until=1h')).toContain('Total reclaimed space: 0B');
    expect(await ok('container', 'prune', '-f', '--filter', 'label!=keep')).toContain(gone);
    expect(await ok('ps', '-a', '--format', '{{.Names}}')).toBe('kept');
    await ok('rm', 'kept');
  });
};
