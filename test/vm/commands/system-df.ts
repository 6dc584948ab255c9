// docker system df and prune: what takes room, who uses it, and that no more goes than is asked for.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, ok }) => {
  it('tells what takes room, and who uses it', async () => {
    await ok(
      'run',
      '--name',
      'writer',
      '-v',
      'kept:/d',
      'busybox',
      'sh',
      '-c',
      'head -c 100000 /dev/zero >/d/file; head -c 50000 /dev/zero >/own',
    );
    await ok('volume', 'create', 'unused');
    const table = await ok('system', 'df');
    expect(table).toMatch(/^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$/m);
    expect(table).toMatch(/^Images +2 +1 +\S+MB +\S+[kM]?B \(\d+%\)$/m);
    expect(table).toMatch(/^Containers +1 +0 +5\d\.?\d*kB +5\d\.?\d*kB \(100%\)$/m);
    expect(table).toMatch(/^Local Volumes +2 +1 +100kB +0B \(0%\)$/m);
    const verbose = await ok('system', 'df', '-v');
    expect(verbose).toMatch(/^busybox +latest +\S+ +.* 0B +\S+MB +1$/m);
    expect(verbose).toMatch(/^\w{12} +busybox +.*writer$/m);
    expect(verbose).toMatch(/^kept +1 +100kB$/m);
    expect(verbose).toMatch(/^unused +0 +0B$/m);
  });

  it('prunes what nobody uses, and no more than is asked for', async () => {
    await ok('network', 'create', 'idle');
    await ok('run', '-d', '--name', 'busy', '-v', 'kept:/d', 'busybox', 'sleep', '1000');
    const first = await ok('system', 'prune', '-f');
    expect(first).toMatch(/^Deleted Containers:\n[0-9a-f]{64}$/m);
    expect(first).toMatch(/^Deleted Networks:\nidle$/m);
    expect(first).toMatch(/^Total reclaimed space: 5\d\.?\d*kB$/m);
    expect(await ok('volume', 'ls', '-q')).toBe('kept\nunused');
    const all = await ok('system', 'prune', '-af', '--volumes');
    expect(all).toContain('untagged: hello-world:latest');
    expect(all).not.toContain('busybox');
    expect(await ok('volume', 'ls', '-q')).toBe('kept\nunused');
    expect(await ok('ps', '--format', '{{.Names}}')).toBe('busy');
    await ok('rm', '-f', 'busy');
  });

  it('sums up by kind, and lists with -v', async () => {
    expect(await docker.ok('system', 'df', '--format', '{{.Type}} {{.TotalCount}}')).toMatch(
      /^Images [1-9]\nContainers 0\nLocal Volumes 2\nBuild Cache 0\n$/,
    );
    const [real, ours] = [await docker.ok('system', 'df', '-v'), (await docker.inVm('docker system df -v')).stdout];
    expect(ours).toMatch(/^Images space usage:\n\nREPOSITORY +TAG {7}IMAGE ID {7}CREATED/);
    const heads = (text: string): string[] => text.split('\n').filter((line) => /^[A-Z ]+$/.test(line));
    expect(heads(ours).map((line) => line.replace(/ {2,}/g, '  '))).toEqual(
      heads(real).map((line) => line.replace(/ {2,}/g, '  ')),
    );
  });
};
