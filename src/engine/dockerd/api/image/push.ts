// POST /images/{name}/push?tag=: one tag, or every tag of the repository.
import { progressReply } from '../../../image/progress.ts';
import { pushImage } from '../../../image/push.ts';
import { parseReference } from '../../../image/reference.ts';
import { parseRegistryAuth } from '../../../image/registry/auth.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter, notImplemented } from '../../errors.ts';
import { param, type ApiRequest, type Reply } from '../../request.ts';

export function push(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const tag = request.query.get('tag');
  if (request.query.get('platform') !== '') throw notImplemented('push of one platform');
  const ref = parseReference(tag === '' ? param(request) : `${param(request)}:${tag}`);
  if (ref.digest !== undefined) throw invalidParameter('cannot push a digest reference');
  const credentials = parseRegistryAuth(request.header('x-registry-auth'));
  return progressReply((report) =>
    pushImage(daemon, { ref, credentials, signal: request.signal, span: request.span }, report),
  );
}
