// docker system prune: containers, networks, images, and volumes if asked for; no more than that.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ typed, ok, vm }) => {
  it('removes what nobody uses, and no more than is asked for', async () => {
    await ok('run', '--name', 'writer', 'busybox', 'sh', '-c', 'head -c 50000 /dev/zero >/own');
    await ok('volume', 'create', 'named');
    await ok('create', '--name', 'anonymous', '-v', '/a', 'busybox');
    await ok('network', 'create', 'idle');
    await ok('run', '-d', '--name', 'busy', '-v', 'kept:/d', 'busybox', 'sleep', '1000');
    await ok('tag', 'busybox', 'busybox:other');
    const first = await ok('system', 'prune', '-f');
    expect(first).toMatch(/^Deleted Containers:\n[0-9a-f]{64}\n[0-9a-f]{64}$/m);
    expect(first).toMatch(/^Deleted Networks:\nidle$/m);
    expect(first).toMatch(/^Total reclaimed space: 5\d\.?\d*kB$/m);
    expect((await ok('volume', 'ls', '-q')).split('\n')).toHaveLength(3);
    const all = await ok('system', 'prune', '-af', '--volumes');
    expect(all).toMatch(/^Deleted Volumes:\n[0-9a-f]{64}$/m);
    expect(await ok('volume', 'ls', '-q')).toBe('kept\nnamed');
    expect(await ok('images', '-q', 'busybox')).not.toBe('');
    expect(await ok('ps', '-a', '--format', '{{.Names}}')).toBe('busy');
    expect(await vm('ls /sys/class/net; ls /var/lib/docker/containers | wc -l')).toMatch(
      /^docker0\neth0\nlo\nveth\w+\n1\n$/,
    );
  });

  it('asks first, and takes no filter that it does not know', async () => {
    expect((await typed('docker system prune', 'n\n')).stdout).toMatch(
      /WARNING! This will remove:\n {2}- all stopped containers\n {2}- all networks not used by at least one container\n/,
    );
    expect((await typed('docker system prune -f --filter nosuch=1')).stderr).toContain("invalid filter 'nosuch'");
    await ok('rm', '-f', 'busy');
    await ok('volume', 'rm', 'kept', 'named');
  });
};
