// GET /exec/{id}/json
import type { Daemon } from '../../daemon.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';
import { findExec } from './find.ts';

export function inspect(daemon: Daemon, request: ApiRequest): Reply {
  const { container, exec } = findExec(daemon, param(request));
  const { request: wants } = exec;
  const [entrypoint = '', ...args] = wants.args;
  return json({
    ID: exec.id,
    Running: exec.status === 'running',
    ExitCode: exec.exitCode,
    ProcessConfig: {
      tty: wants.tty,
      entrypoint,
      arguments: args,
      privileged: wants.privileged,
      ...(wants.user !== '' && { user: wants.user }),
    },
    OpenStdin: wants.stdin,
    OpenStderr: wants.stderr,
    OpenStdout: wants.stdout,
    CanRemove: exec.status === 'exited',
    ContainerID: container.id,
    DetachKeys: '',
    Pid: exec.pid,
  });
}
