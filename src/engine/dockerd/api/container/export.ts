// GET /containers/{id}/export: the whole file system as a tar, written by a child straight into the connection.
import { tarStream } from '../../container/tar-stream.ts';
import { eventAttributes } from '../../container/container.ts';
import type { Daemon } from '../../daemon.ts';
import { param, stream, type ApiRequest, type Reply } from '../../request.ts';

export function exportContainer(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  return stream('application/octet-stream', async (out) => {
    const root = daemon.layers.mount(container.layer);
    try {
      await tarStream(out, root);
      daemon.events.emit('container', 'export', container.id, eventAttributes(container));
    } finally {
      daemon.layers.unmount(container.layer);
    }
  });
}
