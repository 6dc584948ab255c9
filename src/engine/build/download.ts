// A file from a URL, for ADD and for remote contexts: plain HTTP through the VM's network, redirects followed.
import { invalidParameter, systemError } from '../dockerd/errors.ts';
import { HttpClient } from '../http/index.ts';
import { resolveHost } from '../image/registry/resolve.ts';
import type { AbortSignal } from '../loop/index.ts';
import * as sys from '../sys/index.ts';

const MAX_REDIRECTS = 5;

export interface Downloaded {
  /** As the URL or Content-Disposition names it; '' if neither does. */
  readonly name: string;
  readonly contentType: string;
}

export const isUrl = (text: string): boolean => /^https?:\/\//.test(text);

/** Fetches `url` into the file `path` (mode 0600, time of Last-Modified). Throws ApiError in Docker's words. */
export async function download(url: string, path: string, signal?: AbortSignal): Promise<Downloaded> {
  let address = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const [, scheme, host = '', port, target = '/'] = /^(https?):\/\/([^/:?#]+)(?::(\d+))?([^#]*)/.exec(address) ?? [];
    if (scheme === undefined) throw invalidParameter(`invalid URL: ${address}`);
    if (scheme === 'https')
      throw systemError(`Get "${address}": HTTPS is not implemented in this engine: use an http address`);
    const client = new HttpClient({
      host: await resolveHost(host),
      port: Number(port ?? 80),
      name: port ? `${host}:${port}` : host,
    });
    // It would keep its connection for the next request.
    try {
      const path_ = target.startsWith('/') ? target : `/${target}`;
      const response = await client.request('GET', path_, signal ? { signal } : {});
      const location = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location !== undefined) {
        response.close();
        address = new RegExp('^https?://').test(location)
          ? location
          : `${scheme}://${host}${port ? `:${port}` : ''}${location.startsWith('/') ? '' : '/'}${location}`;
        continue;
      }
      if (response.status >= 400) {
        response.close();
        throw systemError(`failed to GET ${url} with status ${response.status} ${response.reason}: `);
      }
      const fd = sys.open(path, sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL, 0o600);
      try {
        for (let bytes = await response.body.read(); bytes !== null; bytes = await response.body.read())
          sys.writeAll(fd, bytes);
      } finally {
        sys.closeQuietly(fd);
        response.close();
      }
      const modified = Date.parse(response.headers.get('last-modified') ?? '') / 1000;
      const mtime = Number.isNaN(modified) ? 0 : modified;
      sys.utimensat(sys.AT_FDCWD, path, mtime, mtime);
      const disposition = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
      return {
        name: nameOf(path_) || baseName(disposition ?? ''),
        contentType: (response.headers.get('content-type') ?? '').split(';')[0] ?? '',
      };
    } finally {
      client.close();
    }
  }
  throw systemError(`Get "${url}": stopped after ${MAX_REDIRECTS} redirects`);
}

/** The last part of a URL's path as it reads decoded, so that no `%2f` hides a slash. */
function nameOf(target: string): string {
  const path = target.replace(/[?].*$/, '');
  try {
    return baseName(decodeURIComponent(path));
  } catch {
    throw invalidParameter(`invalid URL escape in ${JSON.stringify(path)}`);
  }
}

/** The name of a file in whatever directory: never one that leads out of it. */
function baseName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '.' || name === '..' || name.includes('\0') ? '' : name;
}
