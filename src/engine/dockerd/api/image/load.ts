// POST /images/load?quiet=: an archive of `docker save` (either layout) from the body.
import { loadArchive } from '../../../image/load.ts';
import { reporting } from '../../../image/progress.ts';
import type { Daemon } from '../../daemon.ts';
import { stream, type ApiRequest, type Reply } from '../../request.ts';

export function load(daemon: Daemon, request: ApiRequest): Reply {
  return stream('application/json', (out) =>
    reporting(out, (report) => loadArchive(daemon, request.body, report, request.span)),
  );
}
