import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../sha256.ts';
import { headerValue } from '../http/message.ts';
import type { ServedResponse } from '../http/server.ts';
import { pattern } from '../testing/lossy-wire.ts';
import { collect, once } from './content.ts';
import { createRegistry } from './registry.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const digestOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => `sha256:${await sha256Hex(bytes)}`;

/** A site with library/tiny:latest: an index, a manifest, a config, one layer. */
async function site() {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const add = async (mediaType: string, bytes: Uint8Array<ArrayBuffer>) => {
    const digest = await digestOf(bytes);
    files.set(`blobs/sha256/${digest.slice(7)}`, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layer = await add('application/vnd.oci.image.layer.v1.tar+gzip', pattern(5000) as Uint8Array<ArrayBuffer>);
  const config = await add('application/vnd.oci.image.config.v1+json', encode('{"os":"linux"}'));
  const manifest = await add(
    MANIFEST,
    encode(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] })),
  );
  const index = await add(INDEX, encode(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [manifest] })));
  const repositories = { 'library/tiny': { latest: index, '1': index, '1.0': index } };
  files.set('repositories.json', encode(JSON.stringify({ repositories })));
  const opened: string[] = [];
  const registry = createRegistry({
    open: (path) => {
      opened.push(path);
      const bytes = files.get(path);
      return Promise.resolve(bytes && once(bytes));
    },
  });
  const ask = async (
    method: string,
    target: string,
    body: Uint8Array = new Uint8Array(0),
    headers: [string, string][] = [],
  ) => {
    const [path = '', query = ''] = target.split('?');
    return registry({ method, path, query: new URLSearchParams(query), headers, body: once(body) });
  };
  return { ask, layer, config, manifest, index, opened };
}

const header = (response: ServedResponse, name: string): string | undefined =>
  headerValue(response.headers ?? [], name);

async function bodyOf(response: ServedResponse): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array(0);
  return response.body instanceof Uint8Array ? response.body : collect(response.body.chunks);
}

const jsonOf = async (response: ServedResponse): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await bodyOf(response)));
const errorOf = async (response: ServedResponse): Promise<string> =>
  ((await jsonOf(response)) as { errors: { code: string }[] }).errors[0]?.code ?? '';

describe('pull', () => {
  it('says that it is a registry', async () => {
    const { ask } = await site();
    const response = await ask('GET', '/v2/');
    expect(response.status).toBe(200);
    expect(header(response, 'Docker-Distribution-API-Version')).toBe('registry/2.0');
  });

  it('gives manifests by tag and by digest, with type and digest', async () => {
    const { ask, index, manifest } = await site();
    const byTag = await ask('GET', '/v2/library/tiny/manifests/latest');
    expect([byTag.status, header(byTag, 'Content-Type'), header(byTag, 'Docker-Content-Digest')]).toEqual([
      200,
      INDEX,
      index.digest,
    ]);
    const byDigest = await ask('GET', `/v2/library/tiny/manifests/${manifest.digest}`);
    expect([byDigest.status, header(byDigest, 'Content-Type')]).toEqual([200, MANIFEST]);
    expect((await bodyOf(byDigest)).length).toBe(manifest.size);
  });

  it('gives blobs whole, by range, and their size alone without fetching them', async () => {
    const { ask, layer, opened } = await site();
    const path = `/v2/library/tiny/blobs/${layer.digest}`;
    const head = await ask('HEAD', path);
    expect(head.body).toMatchObject({ bytes: 5000 });
    expect(opened).not.toContain(`blobs/sha256/${layer.digest.slice(7)}`);
    expect(await bodyOf(await ask('GET', path))).toEqual(pattern(5000));
    const part = await ask('GET', path, undefined, [['Range', 'bytes=4000-']]);
    expect([part.status, header(part, 'Content-Range')]).toEqual([206, 'bytes 4000-4999/5000']);
    expect(await bodyOf(part)).toEqual(pattern(5000).subarray(4000));
    expect(await bodyOf(await ask('GET', path, undefined, [['Range', 'bytes=-10']]))).toEqual(
      pattern(5000).subarray(4990),
    );
    expect(await bodyOf(await ask('GET', path, undefined, [['Range', 'bytes=1-2']]))).toEqual(
      pattern(5000).subarray(1, 3),
    );
    expect((await ask('GET', path, undefined, [['Range', 'bytes=9000-']])).status).toBe(416);
  });

  it('lists tags and repositories, in pages', async () => {
    const { ask } = await site();
    expect(await jsonOf(await ask('GET', '/v2/library/tiny/tags/list'))).toEqual({
      name: 'library/tiny',
      tags: ['1', '1.0', 'latest'],
    });
    const page = await ask('GET', '/v2/library/tiny/tags/list?n=2');
    expect(header(page, 'Link')).toBe('</v2/library/tiny/tags/list?n=2&last=1.0>; rel="next"');
    expect(await jsonOf(await ask('GET', '/v2/library/tiny/tags/list?n=2&last=1.0'))).toMatchObject({
      tags: ['latest'],
    });
    expect(await jsonOf(await ask('GET', '/v2/_catalog'))).toEqual({ repositories: ['library/tiny'] });
    expect(await jsonOf(await ask('GET', '/v1/search?q=tin'))).toMatchObject({
      num_results: 1,
      results: [{ name: 'tiny', is_official: true }],
    });
  });

  it('refuses in the words of the specification', async () => {
    const { ask, layer } = await site();
    const unknown = `sha256:${'0'.repeat(64)}`;
    expect(await errorOf(await ask('GET', '/v2/library/none/manifests/latest'))).toBe('NAME_UNKNOWN');
    expect(await errorOf(await ask('GET', '/v2/library/tiny/manifests/none'))).toBe('MANIFEST_UNKNOWN');
    expect(await errorOf(await ask('GET', `/v2/library/tiny/manifests/${layer.digest}`))).toBe('MANIFEST_UNKNOWN');
    expect(await errorOf(await ask('GET', `/v2/library/tiny/blobs/${unknown}`))).toBe('BLOB_UNKNOWN');
    expect(await errorOf(await ask('GET', '/v2/BAD/tags/list'))).toBe('NAME_INVALID');
    expect((await ask('PUT', '/v2/_catalog')).status).toBe(405);
    expect((await ask('GET', '/elsewhere')).status).toBe(404);
  });

  it('says so when the site cannot be read, and tries again later', async () => {
    let broken = true;
    const registry = createRegistry({
      open: () =>
        broken ? Promise.reject(new Error('offline')) : Promise.resolve(once(encode('{"repositories":{}}'))),
    });
    const ask = () =>
      registry({
        method: 'GET',
        path: '/v2/_catalog',
        query: new URLSearchParams(),
        headers: [],
        body: once(new Uint8Array(0)),
      });
    expect(await errorOf(await ask())).toBe('UNAVAILABLE');
    broken = false;
    expect(await jsonOf(await ask())).toEqual({ repositories: [] });
  });
});

describe('push', () => {
  it('takes a blob in chunks, in one piece, and from another repository', async () => {
    const { ask, layer } = await site();
    const bytes = pattern(3000, 9) as Uint8Array<ArrayBuffer>;
    const digest = await digestOf(bytes);
    const start = await ask('POST', '/v2/me/app/blobs/uploads/');
    expect(start.status).toBe(202);
    const location = header(start, 'Location') ?? '';
    const first = await ask('PATCH', location, bytes.subarray(0, 1000), [['Content-Range', '0-999']]);
    expect([first.status, header(first, 'Range')]).toEqual([202, '0-999']);
    expect((await ask('PATCH', location, bytes.subarray(2000), [['Content-Range', '2000-2999']])).status).toBe(416);
    expect((await ask('PATCH', location, bytes.subarray(1000, 2000), [['Content-Range', '1000-1999']])).status).toBe(
      202,
    );
    expect((await ask('GET', location)).status).toBe(204);
    const done = await ask('PUT', `${location}?digest=${digest}`, bytes.subarray(2000));
    expect([done.status, header(done, 'Docker-Content-Digest')]).toEqual([201, digest]);
    expect(await bodyOf(await ask('GET', `/v2/me/app/blobs/${digest}`))).toEqual(bytes);
    expect((await ask('GET', location)).status).toBe(404);

    const small = encode('small');
    expect((await ask('POST', `/v2/me/app/blobs/uploads/?digest=${await digestOf(small)}`, small)).status).toBe(201);
    expect((await ask('HEAD', `/v2/me/app/blobs/${layer.digest}`)).status).toBe(404);
    expect((await ask('POST', `/v2/me/app/blobs/uploads/?mount=${layer.digest}&from=library/tiny`)).status).toBe(201);
    expect((await ask('HEAD', `/v2/me/app/blobs/${layer.digest}`)).status).toBe(200);
  });

  it('refuses a wrong digest', async () => {
    const { ask } = await site();
    const wrong = `sha256:${'1'.repeat(64)}`;
    expect(await errorOf(await ask('POST', `/v2/me/app/blobs/uploads/?digest=${wrong}`, encode('x')))).toBe(
      'DIGEST_INVALID',
    );
    expect((await ask('HEAD', `/v2/me/app/blobs/${wrong}`)).status).toBe(404);
  });

  it('takes a manifest only when all that it names is there; then it can be pulled, listed and deleted', async () => {
    const { ask, layer, config } = await site();
    const manifest = encode(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] }) + ' ');
    const put = () => ask('PUT', '/v2/me/app/manifests/v1', manifest, [['Content-Type', MANIFEST]]);
    expect(await errorOf(await put())).toBe('MANIFEST_BLOB_UNKNOWN');
    for (const { digest } of [layer, config])
      await ask('POST', `/v2/me/app/blobs/uploads/?mount=${digest}&from=library/tiny`);
    expect((await put()).status).toBe(201);
    const pulled = await ask('GET', '/v2/me/app/manifests/v1');
    expect([header(pulled, 'Content-Type'), header(pulled, 'Docker-Content-Digest')]).toEqual([
      MANIFEST,
      await digestOf(manifest),
    ]);
    expect(await jsonOf(await ask('GET', '/v2/_catalog'))).toEqual({ repositories: ['library/tiny', 'me/app'] });
    expect((await ask('DELETE', `/v2/me/app/manifests/${await digestOf(manifest)}`)).status).toBe(202);
    expect((await ask('GET', '/v2/me/app/manifests/v1')).status).toBe(404);
    expect(await errorOf(await ask('DELETE', '/v2/library/tiny/manifests/latest'))).toBe('UNSUPPORTED');
    expect(await errorOf(await ask('PUT', '/v2/me/app/manifests/v2', encode('nonsense')))).toBe('MANIFEST_INVALID');
  });

  it('finds referrers', async () => {
    const { ask, config, manifest } = await site();
    await ask('POST', `/v2/library/tiny/blobs/uploads/?mount=${config.digest}&from=library/tiny`);
    const signature = encode(
      JSON.stringify({ schemaVersion: 2, artifactType: 'text/x', config, layers: [], subject: manifest }),
    );
    const put = await ask('PUT', '/v2/library/tiny/manifests/sig', signature, [['Content-Type', MANIFEST]]);
    expect([put.status, header(put, 'OCI-Subject')]).toEqual([201, manifest.digest]);
    const found = (await jsonOf(await ask('GET', `/v2/library/tiny/referrers/${manifest.digest}`))) as {
      manifests: unknown[];
    };
    expect(found.manifests).toMatchObject([{ artifactType: 'text/x', digest: await digestOf(signature) }]);
  });
});
