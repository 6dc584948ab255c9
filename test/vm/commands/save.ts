// docker save and load: layers come out byte for byte as their names say, and go in again, in both layouts.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';
import { ZSTD_IMAGE } from '../zstd-image.ts';

export const cases: Cases = ({ docker }) => {
  beforeAll(async () => {
    await docker.ok(
      'run',
      '--name',
      'maker',
      'busybox',
      'sh',
      '-c',
      'echo hi >/new; rm /bin/vi; mkdir -p /d/e; ln /new /d/hard',
    );
    await docker.ok('commit', 'maker', 'mine:2');
    await docker.ok('tag', 'busybox', 'mine:1');
  });

  /** Unpacks an archive that was saved and checks that every blob is what its name says. */
  function unpacked(name: string): (path: string) => Buffer {
    const folder = join(docker.folder, `${name}.d`);
    mkdirSync(folder);
    execFileSync('tar', ['xf', join(docker.folder, name), '-C', folder]);
    const list = execFileSync('tar', ['tf', join(docker.folder, name)], { encoding: 'utf8' }).split('\n');
    for (const path of list.filter((entry) => /^blobs\/sha256\/./.test(entry)))
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex'),
      ).toBe(path.slice(13));
    return (path) => readFileSync(join(folder, path));
  }

  interface DockerManifest {
    readonly Config: string;
    readonly RepoTags: string[] | null;
    readonly Layers: string[];
  }

  describe('save', () => {
    it('writes Docker’s layout and OCI’s over the same blobs', async () => {
      await docker.ok('save', '-o', join(docker.folder, 'mine.tar'), 'mine');
      const read = unpacked('mine.tar');
      const manifest = JSON.parse(String(read('manifest.json'))) as DockerManifest[];
      expect(manifest.map(({ RepoTags }) => RepoTags)).toEqual([['mine:1'], ['mine:2']]);
      const config = JSON.parse(String(read(manifest[1]?.Config ?? ''))) as { rootfs: { diff_ids: string[] } };
      expect(manifest[1]?.Layers).toEqual(config.rootfs.diff_ids.map((id) => id.replace('sha256:', 'blobs/sha256/')));
      // The layer that commit made is packed from its directory again: a whiteout, a hard link.
      const top = execFileSync('tar', ['tf', join(docker.folder, 'mine.tar.d', manifest[1]?.Layers[1] ?? '')]);
      expect(String(top).split('\n')).toEqual(['bin/', 'bin/.wh.vi', 'd/', 'd/e/', 'd/hard', 'new', '']);
      const index = JSON.parse(String(read('index.json'))) as { manifests: { annotations: Record<string, string> }[] };
      expect(index.manifests[1]?.annotations['io.containerd.image.name']).toBe('docker.io/library/mine:2');
      expect(JSON.parse(String(read('oci-layout')))).toEqual({ imageLayoutVersion: '1.0.0' });
      expect(JSON.parse(String(read('repositories')))).toHaveProperty('mine');
    });

    it('saves a bare ID without a name', async () => {
      const id = (await docker.ok('images', '-q', 'mine:2')).trim();
      await docker.ok('save', '-o', join(docker.folder, 'bare.tar'), id);
      const [only] = JSON.parse(String(unpacked('bare.tar')('manifest.json'))) as DockerManifest[];
      expect(only?.RepoTags).toBeNull();
    });

    it('knows no image that is not there', async () => {
      const ran = await docker.run(['save', '-o', join(docker.folder, 'x.tar'), 'nosuch:1']);
      expect(ran).toMatchObject({ exitCode: 1 });
      expect(ran.stderr).toContain('No such image: nosuch:1');
    });
  });

  describe('load', () => {
    it('brings the images back under their names, and they save to the same bytes', async () => {
      await docker.ok('rm', 'maker');
      await docker.ok('rmi', 'mine:1', 'mine:2');
      const loaded = await docker.ok('load', '-i', join(docker.folder, 'mine.tar'));
      expect(loaded).toBe('Loaded image: mine:1\nLoaded image: mine:2\n');
      expect(await docker.ok('run', '--rm', 'mine:2', 'sh', '-c', 'cat /new; test ! -e /bin/vi')).toBe('hi\n');
      await docker.ok('save', '-o', join(docker.folder, 'again.tar'), 'mine');
      expect(readFileSync(join(docker.folder, 'again.tar')).equals(readFileSync(join(docker.folder, 'mine.tar')))).toBe(
        true,
      );
    });

    it('reads an OCI layout alone, gzipped', async () => {
      await docker.ok('rmi', 'mine:2');
      const folder = join(docker.folder, 'mine.tar.d');
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
      expect(unpacked('zstd-saved.tar')(diffId.replace('sha256:', 'blobs/sha256/'))).toHaveLength(6144);
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
  });

  describe('the client in the VM', () => {
    it('does the same through a pipe', async () => {
      const ran = await docker.inVm('docker save nosuch >/dev/null 2>&1; echo $?; docker save mine:2 | docker load');
      expect(ran.stdout).toBe('1\nLoaded image: mine:2\n');
    });
  });
};
