// docker system df: what takes room, and who uses it.
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, ok, vm }) => {
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

  it('sums up by kind, and lists with -v', async () => {
    expect(await docker.ok('system', 'df', '--format', '{{.Type}} {{.TotalCount}}')).toMatch(
      /^Images [1-9]\nContainers 1\nLocal Volumes 2\nBuild Cache 0\n$/,
    );
    const directories = '/var/lib/docker/containers /var/lib/docker/volumes';
    expect(await vm(`for d in ${directories}; do ls $d | wc -l; done`)).toBe('1\n2\n');
    const [real, ours] = [await docker.ok('system', 'df', '-v'), (await docker.inVm('docker system df -v')).stdout];
    expect(ours).toMatch(/^Images space usage:\n\nREPOSITORY +TAG {7}IMAGE ID {7}CREATED/);
    const heads = (text: string): string[] => text.split('\n').filter((line) => /^[A-Z ]+$/.test(line));
    expect(heads(ours).map((line) => line.replace(/ {2,}/g, '  '))).toEqual(
      heads(real).map((line) => line.replace(/ {2,}/g, '  ')),
    );
  });

  it('has no format for -v but json, and takes no arguments', async () => {
    expect((await docker.run(['system', 'df', 'x'])).exitCode).toBe(1);
    expect((await docker.run(['system', 'df', '--format', '{{.Nosuch}}'])).exitCode).toBe(1);
    await ok('rm', 'writer');
    await ok('volume', 'rm', 'kept', 'unused');
  });
};
