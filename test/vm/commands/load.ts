// docker load: what docker save wrote, in both layouts, comes back as it was.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';
import { makeTwoImages, unpacked } from '../saved-images.ts';
import { ZSTD_IMAGE } from '../zstd-image.ts';

export const cases: Cases = (machine) => {
  const { docker } = machine;
  const here = (name: string): string => join(docker.folder, name);
  beforeAll(async () => {
    await makeTwoImages(machine);
    await docker.ok('save', '-o', here('loads.tar'), 'mine');
    unpacked(docker.folder, 'loads.tar');
  });
  afterAll(() => machine.ok('rmi', '-f', 'mine:1', 'mine:2'));

  it('brings the images back under their names, and they save to the same bytes', async () => {
    await docker.ok('rm', 'maker');
    await docker.ok('rmi', 'mine:1', 'mine:2');
    const loaded = await docker.ok('load', '-i', join(docker.folder, 'loads.tar'));
    expect(loaded).toBe('Loaded image: mine:1\nLoaded image: mine:2\n');
    expect(await docker.ok('run', '--rm', 'mine:2', 'sh', '-c', 'cat /new; test ! -e /bin/vi')).toBe('hi\n');
    await docker.ok('save', '-o', join(docker.folder, 'again.tar'), 'mine');
    expect(readFileSync(join(docker.folder, 'again.tar')).equals(readFileSync(join(docker.folder, 'loads.tar')))).toBe(
      true,
    );
  });

  it('reads an OCI layout alone, gzipped', async () => {
    await docker.ok('rmi', 'mine:2');
    const folder = join(docker.folder, 'loads.tar.d');
    for (const name of ['manifest.json', 'repositories']) rmSync(join(folder, name));
    execFileSync('tar', ['czf', join(docker.folder, 'oci.tgz'), '-C', folder, 'blobs', 'index.json', 'oci-layout']);
    expect(await docker.ok('load', '-q', '-i', join(docker.folder, 'oci.tgz'))).toContain('Loaded image: mine:2\n');
    expect(await docker.ok('run', '--rm', 'mine:2', 'cat', '/d/hard')).toBe('hi\n');
  });

  it('takes a layer in zstd, and saves its tar', async () => {
    const folder = join(docker.folder, 'zstd.d');
    mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
    const { layer, config, manifest, diffId } = ZSTD_IMAGE;
    for (const { digest, bytes } of [layer, config, manifest])
      writeFileSync(join(folder, 'blobs/sha256', digest.slice(7)), bytes);
    writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const annotations = { 'io.containerd.image.name': 'docker.io/library/zstd:1' };
    writeFileSync(
      join(folder, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest.descriptor, annotations }] }),
    );
    execFileSync('tar', ['cf', join(docker.folder, 'zstd.tar'), '-C', folder, 'blobs', 'index.json', 'oci-layout']);
    expect(await docker.ok('load', '-i', join(docker.folder, 'zstd.tar'))).toBe('Loaded image: zstd:1\n');
    await docker.ok('create', '--name', 'tide', 'zstd:1');
    expect(await docker.ok('cp', 'tide:/sea/poem', '-')).toContain('verse 40: the tide comes in');
    await docker.ok('rm', 'tide');
    await docker.ok('save', '-o', join(docker.folder, 'zstd-saved.tar'), 'zstd:1');
    expect(unpacked(docker.folder, 'zstd-saved.tar')(diffId.replace('sha256:', 'blobs/sha256/'))).toHaveLength(6144);
    await docker.ok('rmi', 'zstd:1');
  });

  it('refuses what is no archive, and leaves nothing', async () => {
    const ran = await docker.run(['load'], 'this is no tar');
    expect(ran.exitCode).toBe(1);
    const left = await docker.inVm(
      'ls -A /var/lib/docker/tmp; ls -A /var/lib/docker/image/overlay2/blobs/sha256 | grep new',
    );
    expect(left.stdout).toBe('');
  });

  it('is the same from the client in the VM, through a pipe', async () => {
    const ran = await docker.inVm(
      'docker save mine:2 | docker load; echo no tar | docker load; echo $?; docker load -i /nosuch; echo $?',
    );
    expect(ran.stdout).toBe('Loaded image: mine:2\n1\n1\n');
  });
};
