// POST /exec/{id}/resize?h=&w=
import type { Daemon } from '../../daemon.ts';
import { conflict } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';
import { findExec } from './find.ts';

export async function resize(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const { container, exec } = findExec(daemon, param(request));
  if (exec.status !== 'running') throw conflict(`exec process is not started`);
  const height = request.query.integer('h');
  const width = request.query.integer('w');
  if (exec.request.tty) await daemon.containerd.call('resize', { id: container.id, execId: exec.id, height, width });
  return empty(200);
}
