// POST /build/cancel?id=: ends a build that was started with that buildid.
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { empty, type ApiRequest, type Reply } from '../../request.ts';
import { running } from './build.ts';

export function cancel(_daemon: Daemon, request: ApiRequest): Reply {
  const id = request.query.get('id');
  if (id === '') throw invalidParameter('build ID not provided');
  running.get(id)?.abort(new Error('Build cancelled'));
  return empty(204);
}
