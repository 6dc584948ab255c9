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
    try {
      const tags = await tagsOf(client, ref.path);
      if (tags) return tags.map((tag) => ({ ...ref, tag }));
    } finally {
      client.close();
    }
  }
  return [withDefaultTag(ref)];
}

/** All of a repository's, page by page; undefined if the registry does not tell. Distribution spec, "Listing Tags" */
async function tagsOf(client: RegistryClient, path: string): Promise<string[] | undefined> {
  const all: string[] = [];
  for (let next: string | undefined = `/v2/${path}/tags/list`; next !== undefined;) {
    const response = await client.send('GET', next);
    const body = response.ok ? ((await response.json()) as { tags?: string[] | null }) : undefined;
    if (!body?.tags) return undefined;
    all.push(...body.tags);
    next = nextPage(response.headers.get('link'), next);
  }
  return all;
}

/** `</v2/app/tags/list?last=b&n=2>; rel="next"`, relative to the page that it came with. RFC 8288 */
export function nextPage(link: string | undefined, page: string): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1]?.replace(/^https?:\/\/[^/]+/, '');
  if (target === undefined || target === '') return undefined;
  const absolute = target.startsWith('/') ? target : page.replace(/[^/]*$/, target);
  // A registry that leads in a circle is not followed.
  return absolute === page ? undefined : absolute;
}
