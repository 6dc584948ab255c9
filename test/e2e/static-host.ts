// A static host as plain as can be, under a path of its own: what the build must work from.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
};

export interface StaticHost {
  readonly url: string;
  /** Bytes sent so far, by path. */
  readonly sent: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Serve `folder` at `http://127.0.0.1:<any>/<path>/`. `broken` names files that answer 404, or are sent cut. */
export async function serveStatic(
  folder: string,
  path = 'some/where',
  broken: ReadonlyMap<string, 'missing' | 'changed'> = new Map(),
): Promise<StaticHost> {
  const sent = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const url = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    const inside = url.startsWith(`/${path}/`) ? url.slice(path.length + 2) || 'index.html' : undefined;
    const file =
      inside === undefined ? undefined : normalize(join(folder, inside.endsWith('/') ? `${inside}index.html` : inside));
    const trouble = [...broken].find(([name]) => url.endsWith(name))?.[1];
    if (!file?.startsWith(folder) || trouble === 'missing' || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end('not found');
      return;
    }
    const { size } = statSync(file);
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    sent.set(inside ?? '', size);
    if (trouble === 'changed') {
      response.writeHead(200, { 'Content-Type': type }).end(Buffer.alloc(size, 7));
      return;
    }
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': size });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${path}/`,
    sent,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
