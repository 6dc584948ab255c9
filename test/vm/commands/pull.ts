// docker pull: from the page's registry and from a real one, by tag and by digest.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { done, type Cases } from '../docker-machine.ts';
import { API, digestIn, HOST, makeImage, PASSWORD, Registry, USER } from '../registry.ts';
import { ZSTD_IMAGE } from '../zstd-image.ts';

export const cases: Cases = (machine) => {
  const { ok, typed, vm } = machine;
  let registry: Registry;
  const APP = `${HOST}/team/app`;
  beforeAll(async () => {
    registry = await Registry.open(false);
  });
  afterAll(() => registry.close());

  it('brings layers into the store, and says so; a second time it has them', async () => {
    await ok('rmi', '-f', 'hello-world');
    expect((await typed('docker pull hello-world')).stdout).toMatch(
      /^Using default tag: latest\nlatest: Pulling from library\/hello-world\n(?:[^]*\n)?Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for hello-world:latest\ndocker\.io\/library\/hello-world:latest\n$/,
    );
    const upper = await ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'hello-world');
    expect(await vm(`ls ${upper}`)).not.toBe('');
    expect(await ok('pull', 'hello-world')).toContain('Status: Image is up to date for hello-world:latest\n');
    expect(await typed('docker pull -q hello-world')).toEqual(done('docker.io/library/hello-world:latest'));
    expect(await ok('run', '--rm', 'hello-world')).toContain('Hello');
  });

  it('takes what a real registry has, by tag and by digest', async () => {
    await makeImage(machine, `${APP}:1`);
    const digest = digestIn(await ok('push', `${APP}:1`));
    await ok('rmi', `${APP}:1`);
    expect(await ok('pull', `${APP}:1`)).toContain(`Digest: ${digest}`);
    expect(await ok('run', '--rm', `${APP}:1`)).toBe('of mine');
    await ok('rmi', `${APP}:1`);
    await ok('pull', '-q', `${APP}@${digest}`);
    expect(await ok('run', '--rm', `${APP}@${digest}`)).toBe('of mine');
    expect((await fetch(`${API}/team/app/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202);
    const gone = await typed(`docker pull ${APP}:1`);
    expect(gone).toMatchObject({ exitCode: 1 });
    expect(gone.stderr).toContain(`manifest for ${APP}:1 not found: manifest unknown`);
  });

  it('takes a layer in zstd, which is pushed on in gzip', async () => {
    const { layer, config, manifest } = ZSTD_IMAGE;
    for (const { bytes, digest } of [layer, config]) {
      const upload = await fetch(`${API}/team/zstd/blobs/uploads/`, { method: 'POST' });
      const address = `${upload.headers.get('location') ?? ''}&digest=${digest}`;
      expect((await fetch(address, { method: 'PUT', body: new Uint8Array(bytes) })).status).toBe(201);
    }
    const headers = { 'Content-Type': manifest.descriptor.mediaType };
    await fetch(`${API}/team/zstd/manifests/1`, { method: 'PUT', headers, body: new Uint8Array(manifest.bytes) });
    expect(await ok('pull', `${HOST}/team/zstd:1`)).toContain(`Digest: ${manifest.digest}`);
    await ok('create', '--name', 'tide', `${HOST}/team/zstd:1`);
    expect(await ok('cp', 'tide:/sea/poem', '-')).toContain('verse 40: the tide comes in');
    await ok('rm', 'tide');
    await ok('tag', `${HOST}/team/zstd:1`, `${HOST}/team/zstd:2`);
    await ok('push', `${HOST}/team/zstd:2`);
    const pushed = await fetch(`${API}/team/zstd/manifests/2`, {
      headers: { Accept: 'application/vnd.docker.distribution.manifest.v2+json' },
    });
    expect(await pushed.text()).toContain('application/vnd.docker.image.rootfs.diff.tar.gzip');
  });

  it('is let in with a login, and not without', async () => {
    await registry.close();
    registry = await Registry.open(true);
    const nobody = await typed(`docker pull ${APP}:1`);
    expect([nobody.exitCode, nobody.stderr]).toEqual([1, expect.stringContaining('no basic auth credentials')]);
    await typed(`docker login -u ${USER} --password-stdin ${HOST}`, PASSWORD);
    await ok('tag', 'busybox', `${APP}:2`);
    await ok('push', '-q', `${APP}:2`);
    await ok('pull', '-q', `${APP}:2`);
    await ok('logout', HOST);
  });

  it('says what is not there, and takes no name that is none', async () => {
    expect(await typed('docker pull nosuch')).toMatchObject({
      exitCode: 1,
      stderr:
        "Error response from daemon: pull access denied for nosuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied\n",
    });
    expect((await typed('docker pull hello-world:nosuch')).stderr).toContain('manifest unknown');
    expect((await typed('docker pull "a b"')).stderr).toContain('invalid reference format');
    expect((await typed(`docker pull ${HOST.replace('5000', '5001')}/x`)).exitCode).toBe(1);
    expect(await vm('ls -A /var/lib/docker/tmp')).toBe('');
  });

  it('is the same with the client in the VM', async () => {
    expect(
      await vm(
        'docker rmi hello-world >/dev/null; docker pull -q hello-world; docker pull -q nosuch 2>/dev/null || echo $?',
      ),
    ).toBe('docker.io/library/hello-world:latest\n1\n');
  });
};
