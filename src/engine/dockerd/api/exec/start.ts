// POST /exec/{id}/start: with Detach it only begins, else the connection becomes its standard streams.
import { attachClient, streamType } from '../../container/attach.ts';
import { isRunning } from '../../container/container.ts';
import { startExec } from '../../container/exec.ts';
import { frame } from '../../container/streams.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict, messageOf } from '../../errors.ts';
import { bodyOf, empty, param, type ApiRequest, type Reply } from '../../request.ts';
import { utf8Encode } from '../../../sys/index.ts';
import { execFailure } from './failure.ts';
import { findExec } from './find.ts';

export async function start(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const { container, exec } = findExec(daemon, param(request));
  const body = await bodyOf(request);
  if (exec.status === 'running') throw conflict(`exec command ${exec.id} is already running`);
  if (exec.status === 'exited') throw conflict(`exec command ${exec.id} has already run`);
  if (container.state.status === 'paused')
    throw conflict(`Container ${container.id} is paused, unpause the container before exec`);
  if (!isRunning(container)) throw conflict(`container ${container.id} is not running`);
  const size = body['ConsoleSize'];
  if (Array.isArray(size) && size.length === 2)
    Object.assign(exec.request, { consoleSize: [Number(size[0]), Number(size[1])] });
  const { request: wants, streams } = exec;
  const ended = new Promise<void>((resolve) => exec.waiters.add(() => resolve()));
  if (body['Detach'] === true) {
    try {
      await startExec(daemon, container, exec, request.span);
    } catch (error) {
      throw execFailure(error, exec);
    }
    return empty(200);
  }
  return {
    kind: 'hijack',
    contentType: streamType(request, wants.tty),
    run: async (connection) => {
      const options = {
        stdin: wants.stdin,
        stdout: wants.stdout,
        stderr: wants.stderr,
        tty: wants.tty,
        raw: wants.tty,
        closeStdin: true,
        detachKeys: wants.detachKeys,
      };
      const served = streams && attachClient(connection, streams, ended, options);
      try {
        await startExec(daemon, container, exec, request.span);
      } catch (error) {
        // The head is gone: the reason goes out as the command's own output, as in Docker.
        const bytes = utf8Encode(`${messageOf(execFailure(error, exec))}\r\n`);
        await connection.write(wants.tty ? bytes : frame('stdout', bytes)).catch(() => undefined);
        for (const waiter of exec.waiters) waiter(exec.exitCode ?? 126);
      }
      await served;
    },
  };
}
