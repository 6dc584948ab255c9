// GET /volumes/{name}
import type { Daemon } from '../../daemon.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';
import { describeVolume } from './describe.ts';

export function inspect(daemon: Daemon, request: ApiRequest): Reply {
  return json(describeVolume(daemon, daemon.volumes.require(param(request))));
}
