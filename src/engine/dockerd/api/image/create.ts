// POST /images/create?fromImage=&tag=&platform= (pull) and ?fromSrc= (import)
import { pullImage } from '../../../image/pull.ts';
import { parseReference, withDefaultTag, type Reference } from '../../../image/reference.ts';
import { parseRegistryAuth } from '../../../image/registry/auth.ts';
import { RegistryClient } from '../../../image/registry/client.ts';
import { endpointsOf } from '../../../image/registry/endpoints.ts';
import { progressReply } from '../../../image/progress.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { parsePlatform } from '../../platform.ts';
import { type ApiRequest, type Reply } from '../../request.ts';
import { importImage } from './import.ts';

export function create(daemon: Daemon, request: ApiRequest): Reply | Promise<Reply> {
  const { query } = request;
  if (query.get('fromSrc') !== '') return importImage(daemon, request);
  const name = query.get('fromImage');
  if (name === '') throw invalidParameter('fromImage or fromSrc is required');
  const tag = query.get('tag');
  // The tag parameter may hold a digest; without it every tag is meant (docker pull -a).
  const ref = parseReference(tag === '' ? name : `${name}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`);
  const platform = query.get('platform');
  const architecture = platform === '' ? '' : parsePlatform(platform).architecture;
  const credentials = parseRegistryAuth(request.header('x-registry-auth'));
  return progressReply(async (report) => {
    const refs =
      ref.tag === undefined && ref.digest === undefined ? await allTags(daemon, ref, request) : [withDefaultTag(ref)];
    for (const one of refs)
      await pullImage(
        daemon,
        { ref: one, architecture, credentials, signal: request.signal, span: request.span },
        report,
      );
  });
}

async function allTags(daemon: Daemon, ref: Reference, request: ApiRequest): Promise<Reference[]> {
  const credentials = parseRegistryAuth(request.header('x-registry-auth'));
  for (const endpoint of endpointsOf(ref.domain, daemon.config)) {
    const client = new RegistryClient(endpoint, ref.path, credentials, 'pull');
    const response = await client.send('GET', `/v2/${ref.path}/tags/list`);
    const body = response.ok ? ((await response.json()) as { tags?: string[] | null }) : undefined;
    client.close();
    if (body?.tags) return body.tags.map((tag) => ({ ...ref, tag }));
  }
  return [withDefaultTag(ref)];
}
