// docker image prune.
import { expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('removes what has no name, with -a what no container uses; layers go with it', async () => {
    const layers = (): Promise<string> => vm('ls /var/lib/docker/overlay2 | wc -l');
    await ok('pull', '-q', 'hello-world');
    const before = await layers();
    await ok('run', '--name', 'maker', 'busybox', 'sh', '-c', 'head -c 20000 /dev/zero >/own');
    const id = await ok('commit', '-c', 'LABEL keep=yes', 'maker');
    expect(await typed('docker image prune -f --filter label!=keep')).toEqual(done('Total reclaimed space: 0B'));
    expect(await typed('docker image prune -f --filter until=1h')).toEqual(done('Total reclaimed space: 0B'));
    const ran = await typed('docker image prune -f');
    expect(ran.stdout).toMatch(
      new RegExp(`^Deleted Images:\\ndeleted: ${id}\\n(deleted: sha256:\\w+\\n)*\\nTotal reclaimed space: 20kB\\n$`),
    );
    await ok('pull', '-q', 'hello-world');
    const all = await ok('image', 'prune', '-af');
    expect(all).toContain('untagged: hello-world:latest\n');
    expect(all).not.toContain('busybox');
    await ok('rm', 'maker');
    await ok('pull', '-q', 'hello-world');
    expect(await layers()).toBe(before);
  });

  it('asks first, and takes no filter that it does not know', async () => {
    expect((await typed('docker image prune', 'n\n')).stdout).toContain(
      'WARNING! This will remove all dangling images.',
    );
    expect((await typed('docker image prune -f --filter nosuch=1')).stderr).toContain("invalid filter 'nosuch'");
  });
};
