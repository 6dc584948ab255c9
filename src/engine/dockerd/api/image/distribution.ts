// GET /distribution/{name}/json: what a registry says of an image, without pulling it.
import { parseReference, withDefaultTag } from '../../../image/reference.ts';
import { parseRegistryAuth } from '../../../image/registry/auth.ts';
import { RegistryClient, type FetchedManifest } from '../../../image/registry/client.ts';
import { endpointsOf } from '../../../image/registry/endpoints.ts';
import type { ImageConfig, Index, Manifest } from '../../../image/types.ts';
import type { Daemon } from '../../daemon.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';
import { utf8Encode } from '../../../sys/index.ts';

export async function inspectDistribution(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const ref = withDefaultTag(parseReference(param(request)));
  const credentials = parseRegistryAuth(request.header('x-registry-auth'));
  let failure: unknown;
  for (const endpoint of endpointsOf(ref.domain, daemon.config)) {
    const client = new RegistryClient(endpoint, ref.path, credentials, 'pull', request.signal);
    try {
      const manifest = await client.manifest(ref.digest ?? ref.tag ?? 'latest');
      return json({ Descriptor: descriptorOf(manifest), Platforms: await platforms(client, manifest) });
    } catch (error) {
      failure ??= error;
    } finally {
      client.close();
    }
  }
  throw failure;
}

function descriptorOf({ mediaType, digest, text }: FetchedManifest): object {
  return { mediaType, digest, size: utf8Encode(text).byteLength };
}

/** An index lists them; of a single manifest only the config knows. */
async function platforms(client: RegistryClient, { text }: FetchedManifest): Promise<object[]> {
  const parsed = JSON.parse(text) as Manifest | Index;
  if ('manifests' in parsed) return parsed.manifests.flatMap(({ platform }) => (platform ? [platform] : []));
  const config = JSON.parse(await client.blobText(parsed.config.digest)) as ImageConfig;
  const { architecture, os, variant } = config;
  return [{ architecture, os, ...(variant && { variant }) }];
}
