// docker search: in the page's registry.
import { expect, it } from 'vitest';
import { daemonSays, done, type Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, typed, ok }) => {
  it('finds by a part of the name, by filters, and tells official ones', async () => {
    expect(await typed("docker search --format '{{.Name}} {{.IsOfficial}}' busybox")).toEqual(done('busybox [OK]'));
    expect(await typed("docker search -f is-official=false --format '{{.Name}}' busybox")).toEqual(done());
    expect((await ok('search', '--limit', '1', '--format', '{{.Name}}', 'o')).split('\n')).toHaveLength(1);
    expect(await ok('search', 'nosuchthing')).toMatch(/^NAME +DESCRIPTION +STARS +OFFICIAL$/);
  });

  it('refuses a filter that there is not, and no term', async () => {
    expect(await typed('docker search -f nosuch=1 busybox')).toEqual(daemonSays("invalid filter 'nosuch'"));
    expect((await typed('docker search')).exitCode).toBe(1);
    expect((await typed('docker search --limit 1000 busybox')).exitCode).toBe(1);
  });

  it('is the same with the client in the VM', async () => {
    expect((await docker.inVm('docker search bus')).stdout).toBe(await docker.ok('search', 'bus'));
  });
};
