// POST /images/{name}/tag?repo=&tag=
import { familiar, parseReference, withDefaultTag } from '../../../image/reference.ts';
import { announceImage } from '../../../image/announce.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export function tag(daemon: Daemon, request: ApiRequest): Reply {
  const image = daemon.images.require(param(request));
  const repo = request.query.get('repo');
  const text = request.query.get('tag');
  const ref = withDefaultTag(parseReference(text === '' ? repo : `${repo}:${text}`));
  if (ref.digest !== undefined) throw invalidParameter('refusing to create a tag with a digest reference');
  if (ref.domain === 'docker.io' && ref.path === 'library/sha256')
    throw invalidParameter('refusing to create an ambiguous tag using digest algorithm as name');
  daemon.images.tag(ref, image.id);
  announceImage(daemon, image, request.span);
  daemon.events.emit('image', 'tag', image.id, { name: familiar(ref) });
  return empty(201);
}
