// POST /images/{name}/push?tag=: one tag, or every tag of the repository.
import { progressReply } from '../../../image/progress.ts';
import { pushImage } from '../../../image/push.ts';
import { parseReference } from '../../../image/reference.ts';
import { parseRegistryAuth } from '../../../image/registry/auth.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter, notFound } from '../../errors.ts';
import { formatPlatform, isHostPlatform, type Platform } from '../../platform.ts';
import { param, type ApiRequest, type Reply } from '../../request.ts';

export function push(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const tag = request.query.get('tag');
  checkPlatform(request.query.get('platform'), param(request));
  const ref = parseReference(tag === '' ? param(request) : `${param(request)}:${tag}`);
  if (ref.digest !== undefined) throw invalidParameter('cannot push a digest reference');
  const credentials = parseRegistryAuth(request.header('x-registry-auth'));
  return progressReply((report) =>
    pushImage(daemon, { ref, credentials, signal: request.signal, span: request.span }, report),
  );
}

/** `{"os":"linux","architecture":"386"}`: images here are of one platform. */
function checkPlatform(text: string, name: string): void {
  if (text === '') return;
  let wanted: string;
  try {
    wanted = formatPlatform(JSON.parse(text) as Platform);
  } catch {
    throw invalidParameter(`failed to parse platform: ${text}`);
  }
  if (!isHostPlatform(wanted))
    throw notFound(`image with reference ${name} was found but does not provide the specified platform (${wanted})`);
}
