// GET /containers/{id}/changes: what the writable layer holds, read from the overlay's upper directory.
import { changesOf } from '../../container/changes.ts';
import type { Daemon } from '../../daemon.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';

export function changes(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const found = changesOf(container.layer.upperDir, container.layer.lowerDirs);
  return json(found.length > 0 ? found : null);
}
