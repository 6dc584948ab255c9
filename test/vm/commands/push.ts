// docker push: to a real registry, to one that asks who one is, and to the page's own, which takes pushes for the session.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refused, type Cases } from '../docker-machine.ts';
import { API, digestIn, HOST, layerLines, makeImage, PASSWORD, Registry, USER } from '../registry.ts';

export const cases: Cases = (machine) => {
  const { docker, ok, typed } = machine;
  let registry: Registry;
  beforeAll(async () => {
    registry = await Registry.open(false);
    await makeImage(machine, `${HOST}/team/app:1`);
  });
  afterAll(() => registry.close());
  const V2 = { headers: { Accept: 'application/vnd.docker.distribution.manifest.v2+json' } };

  describe('to a real registry', () => {
    let digest: string;

    it('sends every layer, the config, the manifest', async () => {
      const out = await ok('push', `${HOST}/team/app:1`);
      expect(out).toContain(`The push refers to repository [${HOST}/team/app]\n`);
      expect(layerLines(out).sort()).toEqual(['Preparing', 'Preparing', 'Pushed', 'Pushed']);
      expect(out).toMatch(/^1: digest: sha256:[0-9a-f]{64} size: \d+$/m);
      digest = digestIn(out);
      const answer = await fetch(`${API}/team/app/manifests/1`, V2);
      expect(answer.headers.get('docker-content-digest')).toBe(digest);
      const manifest = (await answer.json()) as { layers: { digest: string; size: number }[] };
      for (const layer of manifest.layers) {
        const bytes = Buffer.from(await (await fetch(`${API}/team/app/blobs/${layer.digest}`)).arrayBuffer());
        expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([
          layer.size,
          layer.digest.slice(7),
        ]);
      }
    });

    it('does not send what is there, and mounts what another repository has', async () => {
      const again = await ok('push', `${HOST}/team/app:1`);
      const exists = 'Layer already exists';
      expect(layerLines(again).sort()).toEqual([exists, exists, 'Preparing', 'Preparing']);
      expect(again).toContain(digest);
      await ok('tag', `${HOST}/team/app:1`, `${HOST}/team/other:1`);
      const mounted = 'Mounted from team/app';
      expect(layerLines(await ok('push', `${HOST}/team/other:1`)).sort()).toEqual([
        mounted,
        mounted,
        'Preparing',
        'Preparing',
      ]);
    });

    it('brings back with -a what was deleted there', async () => {
      expect((await fetch(`${API}/team/app/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202);
      expect(await ok('push', '-a', `${HOST}/team/app`)).toContain(digest);
      expect(await fetch(`${API}/team/app/tags/list`).then((answer) => answer.json() as unknown)).toEqual({
        name: 'team/app',
        tags: ['1'],
      });
    });

    it('says what is not there to push', async () => {
      expect(await typed(`docker push -q ${HOST}/team/nosuch:1`)).toEqual(
        refused(`An image does not exist locally with the tag: ${HOST}/team/nosuch`),
      );
      expect(await typed(`docker push -q ${HOST}/team/app:9`)).toEqual(
        refused(`tag does not exist: ${HOST}/team/app:9`),
      );
    });

    it('is the same with the client in the VM', async () => {
      const ran = await docker.inVm(`
      docker tag busybox ${HOST}/from/vm && docker push ${HOST}/from/vm | sed 's/^[0-9a-f]*: //; s/digest.*//'`);
      const lines = ran.stdout.split('\n').filter((line) => line !== 'Pushing');
      expect(
        lines.map((line) => line.replace(/team\/(app|other)/, 'team/…')),
        ran.stderr,
      ).toEqual([
        'Using default tag: latest',
        `The push refers to repository [${HOST}/from/vm]`,
        'Preparing',
        'Mounted from team/…',
        'latest: ',
        '',
      ]);
    });
  });

  it('is refused by a registry that asks who one is, until there was a login', async () => {
    await registry.close();
    registry = await Registry.open(true);
    const nobody = await typed(`docker push ${HOST}/team/app:1`);
    expect(nobody).toMatchObject({ exitCode: 1 });
    expect(nobody.stderr).toContain('no basic auth credentials');
    await typed(`docker login -u ${USER} --password-stdin ${HOST}`, PASSWORD);
    expect(layerLines(await ok('push', `${HOST}/team/app:1`))).toContain('Pushed');
    await ok('logout', HOST);
  });

  it('goes to the page’s registry for the session', async () => {
    await ok('tag', 'busybox', 'sailor/app:1');
    expect(layerLines(await ok('push', 'sailor/app:1'))).toContain('Mounted from library/busybox');
    await ok('rmi', 'sailor/app:1');
    await ok('pull', '-q', 'sailor/app:1');
    expect(await ok('run', '--rm', 'sailor/app:1', 'echo', 'back')).toBe('back');
  });
};
