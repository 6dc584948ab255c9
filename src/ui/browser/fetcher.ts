// One browser's HTTP: real requests into the guest by way of the machine, redirects followed, cookies kept per port.
import type { HttpExchange } from '../../protocol/vm-api.ts';
import { addressText, localAddress, type LocalAddress } from './address.ts';

export type Http = (
  port: number,
  request: { method: string; path: string; headers: readonly (readonly [string, string])[]; body?: Uint8Array },
) => Promise<HttpExchange>;

export interface Request {
  readonly method: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array | undefined;
}

export interface Answer extends HttpExchange {
  /** Where the last redirect led. */
  readonly address: LocalAddress;
  /** Content-Type without its parameters. */
  readonly type: string;
}

const REDIRECTS = 10;

export class Fetcher {
  #cookies = new Map<number, Map<string, string>>();

  constructor(readonly http: Http) {}

  async fetch(address: LocalAddress, request: Request = { method: 'GET' }): Promise<Answer> {
    let at = address;
    let { method, body } = request;
    for (let i = 0; i <= REDIRECTS; i++) {
      const headers = this.#headers(at, request.headers ?? []);
      const answer = await this.http(at.port, { method, path: at.path, headers, ...(body ? { body } : {}) });
      this.#keepCookies(at.port, answer);
      const location = headerOf(answer, 'location');
      if (answer.status < 300 || answer.status > 399 || answer.status === 304 || location === undefined) {
        return {
          ...answer,
          address: at,
          type: (headerOf(answer, 'content-type') ?? 'text/html').split(';')[0]?.trim().toLowerCase() ?? '',
        };
      }
      const next = localAddress(location, addressText(at));
      if (!next) throw new Error(`The server sends the browser on to ${location}, which is not in this machine.`);
      at = next;
      if (answer.status !== 307 && answer.status !== 308)
        [method, body] = [method === 'HEAD' ? 'HEAD' : 'GET', undefined];
    }
    throw new Error(`The server redirected more than ${REDIRECTS} times, perhaps in a circle.`);
  }

  #headers(address: LocalAddress, own: readonly (readonly [string, string])[]): (readonly [string, string])[] {
    const cookies = [...(this.#cookies.get(address.port) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const host = address.port === 80 ? 'localhost' : `localhost:${address.port}`;
    const given = own.filter(([name]) => !/^(host|cookie|connection|content-length|accept-encoding)$/i.test(name));
    const base: [string, string][] = [
      ['Host', host],
      ['User-Agent', 'Mozilla/5.0 Drydock'],
    ];
    if (!given.some(([name]) => name.toLowerCase() === 'accept')) base.push(['Accept', '*/*']);
    if (cookies !== '') base.push(['Cookie', cookies]);
    return [...base, ...given];
  }

  #keepCookies(port: number, answer: HttpExchange): void {
    for (const [name, value] of answer.headers) {
      if (name.toLowerCase() !== 'set-cookie') continue;
      const [, key = '', content = ''] = /^\s*([^=;\s]+)=([^;]*)/.exec(value) ?? [];
      if (key === '') continue;
      const jar = this.#cookies.get(port) ?? new Map<string, string>();
      if (/;\s*max-age=(0|-\d+)\s*(;|$)/i.test(value)) jar.delete(key);
      else jar.set(key, content);
      this.#cookies.set(port, jar);
    }
  }
}

export function headerOf(answer: Pick<HttpExchange, 'headers'>, name: string): string | undefined {
  return answer.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
