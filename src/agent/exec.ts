// A program on pipes: stdin from the stream, stdout to it, stderr to a second stream that the page opened before.
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import { childExit } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';
import { failure } from './errors.ts';
import { closeOnce, sendFrom, Sink } from './flow.ts';
import { childOf, ENVIRONMENT, which } from './program.ts';

const SIGKILL = 9;
const stderrStreams = new Map<number, Stream>();

export function serveStderr(stream: Stream): void {
  stderrStreams.set(stream.id, stream);
  stream.listener = { close: () => void stderrStreams.delete(stream.id) };
}

export function serveExec(stream: Stream, request: Extract<AgentRequest, { kind: 'exec' }>): void {
  const errors = stderrStreams.get(request.stderr ?? 0);
  const [stdin, toChild] = sys.pipe2();
  const [stdout, fromChild] = sys.pipe2();
  const [stderr, errorsOfChild] = sys.pipe2();
  let pid: number;
  try {
    const [env, cwd] = [[...ENVIRONMENT, ...(request.env ?? [])], request.cwd ?? '/root'];
    pid = sys.spawn(which(request.argv[0] ?? ''), request.argv, {
      env,
      cwd,
      setsid: true,
      fds: [stdin, fromChild, errorsOfChild],
    });
  } catch (error) {
    for (const fd of [toChild, stdout, stderr]) sys.closeQuietly(fd);
    errors?.close();
    throw error;
  } finally {
    for (const fd of [stdin, fromChild, errorsOfChild]) sys.closeQuietly(fd);
  }
  const closeStdin = closeOnce(toChild);
  const sink = new Sink(toChild, stream);
  const outEnd = pipeEnd(stdout, stream);
  const errorsEnd = errors ? pipeEnd(stderr, errors) : Promise.resolve(sys.closeQuietly(stderr));
  stream.listener = {
    ...stream.listener,
    data: (bytes) => sink.write(bytes),
    end: () => sink.end(closeStdin),
    close: () => sys.killQuietly(-pid, SIGKILL),
  };
  Promise.all([childExit(childOf(pid)), outEnd, errorsEnd])
    .then(([status]) => stream.close({ result: { exitCode: sys.exitCode(status) } }))
    .catch((error: unknown) => stream.close({ error: failure(error) }))
    .finally(() => {
      closeStdin();
      errors?.close();
    });
}

/** Sends what comes out of a pipe; resolves at its end. */
function pipeEnd(fd: number, stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    const ended = (): void => {
      sys.closeQuietly(fd);
      stream.end();
      resolve();
    };
    stream.listener = { ...stream.listener, drain: sendFrom(fd, stream, ended) };
  });
}
