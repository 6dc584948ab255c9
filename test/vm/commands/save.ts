// docker save: layers come out byte for byte as their names say, in Docker's layout and in OCI's.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';
import { makeTwoImages, unpacked } from '../saved-images.ts';

interface DockerManifest {
  readonly Config: string;
  readonly RepoTags: string[] | null;
  readonly Layers: string[];
}

export const cases: Cases = (machine) => {
  const { docker } = machine;
  beforeAll(() => makeTwoImages(machine));
  afterAll(() => machine.ok('rmi', '-f', 'mine:1', 'mine:2'));

  it('writes Docker’s layout and OCI’s over the same blobs', async () => {
    await docker.ok('save', '-o', join(docker.folder, 'mine.tar'), 'mine');
    const read = unpacked(docker.folder, 'mine.tar');
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
    const [only] = JSON.parse(String(unpacked(docker.folder, 'bare.tar')('manifest.json'))) as DockerManifest[];
    expect(only?.RepoTags).toBeNull();
  });

  it('knows no image that is not there', async () => {
    const ran = await docker.run(['save', '-o', join(docker.folder, 'x.tar'), 'nosuch:1']);
    expect(ran).toMatchObject({ exitCode: 1 });
    expect(ran.stderr).toContain('No such image: nosuch:1');
  });

  it('is the same from the client in the VM', async () => {
    const ran = await docker.inVm(`docker save nosuch >/dev/null; echo $?; docker save mine | tar t | grep -v /
      docker save -o /nosuch/x mine; echo $?`);
    expect(ran.stdout).toBe('1\nindex.json\nmanifest.json\noci-layout\nrepositories\n1\n');
    expect(ran.stderr).toContain('Error response from daemon: No such image: nosuch');
  });
};
