// POST /commit?container=&repo=&tag=&comment=&author=&pause=&changes=: a container's writable layer becomes an image's.
import { commitContainer } from '../../../image/commit.ts';
import { parseReference, withDefaultTag } from '../../../image/reference.ts';
import { defaultConfig, fill } from '../../container/defaults.ts';
import type { Daemon } from '../../daemon.ts';
import { bodyOf, json, type ApiRequest, type Reply } from '../../request.ts';

export async function commit(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const { query } = request;
  const container = daemon.containers.require(query.get('container'));
  const body = await bodyOf(request);
  const repo = query.get('repo');
  const tag = query.get('tag');
  const image = await commitContainer(daemon, container, {
    ref: repo === '' ? undefined : withDefaultTag(parseReference(tag === '' ? repo : `${repo}:${tag}`)),
    comment: query.get('comment'),
    author: query.get('author'),
    pause: !query.has('pause') || query.flag('pause'),
    changes: query.all('changes'),
    config: Object.keys(body).length > 0 ? fill(defaultConfig(), body, 'Config') : undefined,
    span: request.span,
  });
  return json({ Id: image.id }, 201);
}
