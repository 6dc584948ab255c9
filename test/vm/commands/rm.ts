// docker rm: a big container goes bit by bit, so that the engine answers others meanwhile.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ ok, vm }) => {
  it('answers others while thousands of files go, and ends when they are gone', async () => {
    const many = 'for d in $(seq 20); do mkdir /d$d; for f in $(seq 100); do echo >/d$d/$f; done; done';
    await ok('run', '--name', 'big', 'busybox', 'sh', '-c', many);
    const answers = await vm(`docker rm big >/dev/null & rm=$!; n=0
      while kill -0 $rm 2>/dev/null; do docker ps >/dev/null && n=$((n + 1)); done; wait $rm && echo $n; ls -A /var/lib/docker/tmp`);
    // Who waits for the removal gets one answer before it and one after.
    expect(Number(answers)).toBeGreaterThan(2);
  });
};
