// POST /containers/{id}/exec
import { createExec } from '../../container/exec.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict, invalidParameter } from '../../errors.ts';
import { bodyOf, json, param, type ApiRequest, type Reply } from '../../request.ts';

export async function create(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  const body = await bodyOf(request);
  const list = (name: string): string[] => (Array.isArray(body[name]) ? body[name].map(String) : []);
  const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
  const args = list('Cmd');
  if (args.length === 0) throw invalidParameter('No exec command specified');
  if (container.state.status === 'paused')
    throw conflict(`Container ${container.id} is paused, unpause the container before exec`);
  if (container.state.status === 'restarting')
    throw conflict(`Container ${container.id} is restarting, wait until the container is running`);
  if (container.state.status !== 'running') throw conflict(`container ${container.id} is not running`);
  const size = body['ConsoleSize'];
  const exec = createExec(daemon, container, {
    args,
    env: list('Env'),
    user: text('User'),
    workingDir: text('WorkingDir'),
    tty: body['Tty'] === true,
    privileged: body['Privileged'] === true,
    stdin: body['AttachStdin'] === true,
    stdout: body['AttachStdout'] === true,
    stderr: body['AttachStderr'] === true,
    detachKeys: text('DetachKeys'),
    ...(Array.isArray(size) && size.length === 2 && { consoleSize: [Number(size[0]), Number(size[1])] as const }),
  });
  return json({ Id: exec.id }, 201);
}
