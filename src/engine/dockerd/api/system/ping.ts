// GET and HEAD /_ping: are you there, and which API do you speak? The version headers go with every answer (server.ts).
import type { Daemon } from '../../daemon.ts';
import type { ApiRequest, Reply } from '../../request.ts';

export function ping(_daemon: Daemon, { method }: ApiRequest): Reply {
  return {
    kind: 'text',
    status: 200,
    text: method === 'HEAD' ? '' : 'OK',
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Builder-Version': '1',
      Swarm: 'inactive',
      'Cache-Control': 'no-cache, no-store, must-revalidate',
      Pragma: 'no-cache',
    },
  };
}
