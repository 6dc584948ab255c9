// POST /images/{name}/push?tag=: one tag, or every tag of the repository.
import { reporting } from '../../../image/progress.ts';
import { pushImage } from '../../../image/push.ts';
import { parseReference } from '../../../image/reference.ts';
import { parseRegistryAuth } from '../../../image/registry/auth.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { param, stream, type ApiRequest, type Reply } from '../../request.ts';

export function push(daemon: Daemon, request: ApiRequest): Reply {
  const tag = request.query.get('tag');
  const ref = parseReference(tag === '' ? param(request) : `${param(request)}:${tag}`);
  if (ref.digest !== undefined) throw invalidParameter('cannot push a digest reference');
  const credentials = parseRegistryAuth(request.header('x-registry-auth'));
  return stream('application/json', (out) =>
    reporting(out, (report) =>
      pushImage(daemon, { ref, credentials, signal: request.signal, span: request.span }, report),
    ),
  );
}
