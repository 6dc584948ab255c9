// POST /containers/{id}/attach?stream=&logs=&stdin=&stdout=&stderr=&detachKeys=: the connection becomes the container's
// standard streams, also before it is started.
import { attachClient, streamType } from '../../container/attach.ts';
import { eventAttributes, isRunning } from '../../container/container.ts';
import { logReader } from '../../container/logging.ts';
import { frame, Streams } from '../../container/streams.ts';
import type { Daemon } from '../../daemon.ts';
import { conflict, invalidParameter } from '../../errors.ts';
import { param, type ApiRequest, type Duplex, type Reply } from '../../request.ts';
import { utf8Encode } from '../../../sys/index.ts';
import type { Container } from '../../container/container.ts';

export function attach(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const { Tty: tty } = container.config;
  return { kind: 'hijack', contentType: streamType(request, tty), run: attaching(daemon, request, container, tty) };
}

/** GET /containers/{id}/attach/ws: the same for a browser, both outputs in one. */
export function attachWebSocket(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const key = request.header('sec-websocket-key');
  if (request.header('upgrade')?.toLowerCase() !== 'websocket' || !key) throw invalidParameter('bad handshake');
  return { kind: 'websocket', key, run: attaching(daemon, request, container, true) };
}

function attaching(
  daemon: Daemon,
  { query }: ApiRequest,
  container: Container,
  raw: boolean,
): (connection: Duplex) => Promise<void> {
  const { status } = container.state;
  if (status === 'paused') throw conflict('container is paused, unpause the container before attach');
  if (status === 'restarting') throw conflict('container is restarting, wait until the container is running');
  const wants = { stdin: query.flag('stdin'), stdout: query.flag('stdout'), stderr: query.flag('stderr') };
  return async (connection) => {
    daemon.events.emit('container', 'attach', container.id, eventAttributes(container));
    if (query.flag('logs')) await sendLogs(daemon, container, connection, wants, raw);
    if (!query.flag('stream')) return;
    // One that has ended has nothing more to say, one that is not started yet will.
    if (!isRunning(container) && status !== 'created' && container.state.status !== 'exited') return;
    const streams = (container.streams ??= new Streams());
    const ended = new Promise<void>((resolve) => container.exitWaiters.add(() => resolve()));
    const outcome = await attachClient(connection, streams, ended, {
      ...wants,
      stdin: wants.stdin && container.config.OpenStdin,
      tty: container.config.Tty,
      raw,
      closeStdin: container.config.StdinOnce,
      detachKeys: query.get('detachKeys'),
    });
    if (outcome === 'detached') daemon.events.emit('container', 'detach', container.id, eventAttributes(container));
  };
}

async function sendLogs(
  daemon: Daemon,
  container: Container,
  connection: Duplex,
  wants: { stdout: boolean; stderr: boolean },
  raw: boolean,
): Promise<void> {
  const reader = logReader(daemon, container);
  try {
    for (let piece = reader.read(); piece; piece = reader.read(piece.next)) {
      for (const { log, stream } of piece.entries) {
        if (!wants[stream]) continue;
        const bytes = utf8Encode(log);
        await connection.write(raw ? bytes : frame(stream, bytes));
      }
    }
  } finally {
    reader.close();
  }
}
