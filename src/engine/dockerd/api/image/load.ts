// POST /images/load?quiet=: an archive of `docker save` (either layout) from the body.
import { loadArchive } from '../../../image/load.ts';
import { progressReply, type Report } from '../../../image/progress.ts';
import type { Daemon } from '../../daemon.ts';
import { type ApiRequest, type Reply } from '../../request.ts';

export function load(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  return progressReply((report) => {
    // With `quiet` only the names of what was loaded are told.
    const quiet = request.query.flag('quiet');
    const tell: Report = (line) => (quiet && line.progressDetail ? undefined : report(line));
    return loadArchive(daemon, request.body, tell, request.span);
  });
}
