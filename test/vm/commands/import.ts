// docker import: a tar of files becomes an image of one layer.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';

export const cases: Cases = ({ docker, ok, vm }) => {
  it('makes an image whose layer is the tar that it was', async () => {
    const tar = join(docker.folder, 'flat.tar');
    await ok('run', '--name', 'box', 'busybox', 'sh', '-c', 'echo made >/made');
    await ok('export', '-o', tar, 'box');
    const id = await ok('import', '-m', 'flat', '-c', 'CMD ["cat","/made"]', tar, 'flat:1');
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await ok('run', '--rm', 'flat:1')).toBe('made');
    expect(await ok('inspect', '-f', '{{len .RootFS.Layers}} {{.Comment}}', 'flat:1')).toBe('1 flat');
    const sum = createHash('sha256').update(readFileSync(tar)).digest('hex');
    expect(await ok('inspect', '-f', '{{index .RootFS.Layers 0}}', 'flat:1')).toBe(`sha256:${sum}`);
    const upper = await ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'flat:1');
    expect(await vm(`cat ${upper}/made`)).toBe('made\n');
  });

  it('refuses a broken archive and leaves no layer', async () => {
    const layers = (): Promise<string> => vm('ls /var/lib/docker/overlay2 | wc -l; ls -A /var/lib/docker/tmp');
    const before = await layers();
    expect((await docker.run(['import', '-'], 'no tar at all')).exitCode).toBe(1);
    expect((await docker.run(['import', join(docker.folder, 'nosuch.tar')])).exitCode).toBe(1);
    expect(await layers()).toBe(before);
  });

  it('is the same with the client in the VM, from a pipe or an address: here a layer of the page’s registry', async () => {
    const ran = await docker.inVm(`
      docker export box | docker import -c 'CMD ["cat","/made"]' - flat:2 | cut -c1-7; docker run --rm flat:2
      layer=$(docker manifest inspect -v busybox | grep -o 'sha256:[0-9a-f]*' | tail -1)
      docker import http://registry.drydock.internal/v2/library/busybox/blobs/$layer url:1 | grep -c -e Downloading -e sha256:
      docker run --rm url:1 echo from there; docker import http://registry.drydock.internal/nosuch; echo $?
      docker rm box; docker rmi flat:1 flat:2 url:1 >/dev/null`);
    expect(ran.stdout, ran.stderr).toBe(
      'sha256:\nmade\n2\nfrom there\nDownloading from http://registry.drydock.internal/nosuch\n1\nbox\n',
    );
  });
};
