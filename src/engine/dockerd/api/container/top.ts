// GET /containers/{id}/top?ps_args=: the processes in the container's cgroup, read from /proc; no ps is run.
import { isRunning } from '../../container/container.ts';
import { describeProcesses } from '../../container/processes.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict } from '../../errors.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';

export async function top(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  if (!isRunning(container)) throw conflict(`container ${container.id} is not running`);
  const { pids } = await daemon.containerd.call('pids', { id: container.id });
  return json(describeProcesses(pids, request.query.get('ps_args')));
}
