// docker manifest inspect: what the registry itself says of a name; here with the client in the VM, as the real one would ask
// docker.io.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cases } from '../docker-machine.ts';
import { HOST, Registry } from '../registry.ts';

export const cases: Cases = ({ docker, ok, vm }) => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await Registry.open(false);
    await ok('tag', 'busybox', `${HOST}/looked/at:1`);
    await ok('push', '-q', `${HOST}/looked/at:1`);
    await ok('rmi', `${HOST}/looked/at:1`);
  });
  afterAll(() => registry.close());

  it('prints a manifest, with -v its descriptor and platform; nothing is pulled', async () => {
    const manifest = JSON.parse(await vm(`docker manifest inspect ${HOST}/looked/at:1`)) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      schemaVersion: 2,
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }],
    });
    const verbose = JSON.parse(await vm(`docker manifest inspect -v ${HOST}/looked/at:1`)) as Record<string, unknown>;
    expect(verbose).toMatchObject({
      Ref: `${HOST}/looked/at:1`,
      Descriptor: { platform: { architecture: '386', os: 'linux' } },
      SchemaV2Manifest: manifest,
    });
    expect(await ok('images', '-q', `${HOST}/looked/at`)).toBe('');
  });

  it('says what the registry has not', async () => {
    const ran = await docker.inVm(
      `docker manifest inspect ${HOST}/looked/nosuch:1; echo $?; docker manifest inspect busybox:nosuch; echo $?`,
    );
    expect(ran).toMatchObject({ stdout: '1\n1\n' });
    expect(ran.stderr.split('\n').slice(0, 2)).toEqual([
      `no such manifest: ${HOST}/looked/nosuch:1`,
      'no such manifest: busybox:nosuch',
    ]);
  });
};
