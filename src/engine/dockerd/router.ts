// From a request line to an endpoint: strips /v1.xx, matches the route table, turns what is thrown into Docker's error
// body. Knows no sockets, so that tests call it directly.
import { spanBegin, spanEnd } from '../span.ts';
import type { Daemon } from './daemon.ts';
import { invalidParameter, messageOf, notFound, statusOf } from './errors.ts';
import { decodeComponent } from './query.ts';
import { json, type ApiRequest, type Reply } from './request.ts';

export const API_VERSION = 47;
export const MIN_API_VERSION = 24;

export type Endpoint = (daemon: Daemon, request: ApiRequest) => Promise<Reply> | Reply;

/**
 * `POST /containers/{id}/start`; `{name*}` takes slashes too, as image names have them. `differs` says what it does otherwise
 * than Docker's, for docs/fidelity.md.
 */
export type Route = readonly [method: string, pattern: string, endpoint: Endpoint, differs?: string];

interface Compiled {
  readonly method: string;
  readonly pattern: RegExp;
  readonly endpoint: Endpoint;
}

export class Router {
  /** Patterns whose placeholder, if any, is the second word, by method and pattern: `POST /containers/{}/start`. */
  private readonly byWords = new Map<string, Endpoint>();
  /** All others by the first word of the path, so that a request tries a handful of patterns. */
  private readonly bySection = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const [method, pattern, endpoint] of routes) {
      if (/^\/\w+(\/\{\w+\})?[^{}]*$/.test(pattern)) {
        this.byWords.set(`${method} ${pattern.replace(/\{\w+\}/, '{}')}`, endpoint);
        continue;
      }
      const section = sectionOf(pattern);
      const list = this.bySection.get(section) ?? [];
      list.push({ method, pattern: compile(pattern), endpoint });
      this.bySection.set(section, list);
    }
  }

  /** The endpoint for a path and what its placeholders matched. Docker answers 404 also for a wrong method. */
  match(method: string, path: string): { endpoint: Endpoint; params: string[] } {
    const exact = this.byWords.get(`${method} ${path}`);
    if (exact) return { endpoint: exact, params: [] };
    const words = path.split('/');
    const second = words[2];
    if (second) {
      words[2] = '{}';
      const endpoint = this.byWords.get(`${method} ${words.join('/')}`);
      if (endpoint) return { endpoint, params: [decodeComponent(second)] };
      // A container's name by way of a link has a slash: `web/store`.
      const linked = this.byWords.get(`${method} ${[...words.slice(0, 3), ...words.slice(4)].join('/')}`);
      if (linked && words[1] === 'containers')
        return { endpoint: linked, params: [decodeComponent(`${second}/${words[3]}`)] };
    }
    for (const route of this.bySection.get(sectionOf(path)) ?? []) {
      if (route.method !== method) continue;
      const found = route.pattern.exec(path);
      if (found) return { endpoint: route.endpoint, params: found.slice(1).map(decodeComponent) };
    }
    throw notFound('page not found');
  }
}

function sectionOf(path: string): string {
  const end = path.indexOf('/', 1);
  return end < 0 ? path : path.slice(0, end);
}

/** What a route's pattern matches; its groups are the placeholders. */
export function compile(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/\{\w+\*\}/g, '(.+)').replace(/\{\w+\}/g, '([^/]+)')}$`);
}

/** `/v1.43/info` → 43 and `/info`. */
export function splitVersion(path: string): { version: number; rest: string } {
  if (!path.startsWith('/v')) return { version: API_VERSION, rest: path };
  const found = /^\/v(\d+)(?:\.(\d+))?(\/.*)$/.exec(path);
  if (!found) return { version: API_VERSION, rest: path };
  const version = Number(found[1]) * 1000 + Number(found[2] ?? 0) - 1000;
  const spelled = found[2] === undefined ? found[1] : `${found[1]}.${found[2]}`;
  if (version > API_VERSION) {
    throw invalidParameter(`client version ${spelled} is too new. Maximum supported API version is 1.${API_VERSION}`);
  }
  if (version < MIN_API_VERSION) {
    throw invalidParameter(
      `client version ${spelled} is too old. Minimum supported API version is 1.${MIN_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  return { version, rest: found[3] ?? '/' };
}

/** `//info` and `/./info` are sent on to `/info`, as Go's routers do it. */
export function redirection(path: string, target: string): Reply | undefined {
  if (!path.includes('//') && !path.includes('/.')) return undefined;
  if (!/\/(\.{0,2})\/|\/\.{1,2}$/.test(path)) return undefined;
  const words: string[] = [];
  for (const word of path.split('/')) {
    if (word === '..') words.pop();
    else if (word !== '' && word !== '.') words.push(word);
  }
  const query = target.indexOf('?');
  const slash = path.endsWith('/') && words.length > 0 ? '/' : '';
  const Location = `/${words.join('/')}${slash}${query < 0 ? '' : target.slice(query)}`;
  return { kind: 'empty', status: 301, headers: { Location } };
}

/** Requests that only look, and come often: they get no span of their own. */
const QUIET = /^\/(_ping|events)$/;

export async function dispatch(daemon: Daemon, router: Router, request: ApiRequest): Promise<Reply> {
  const { method, path } = request;
  const parent = request.header('drydock-span');
  const quiet = parent === undefined && QUIET.test(path);
  const span = quiet ? undefined : spanBegin('dockerd', 'request', { method, path }, parent);
  request.span = span;
  let status = 200;
  try {
    const { endpoint, params } = router.match(method, path);
    request.params = params;
    const reply = await endpoint(daemon, request);
    if (reply.kind === 'json' || reply.kind === 'empty') status = reply.status;
    return reply;
  } catch (error) {
    status = statusOf(error);
    return failure(error);
  } finally {
    if (span !== undefined) spanEnd(span, 'dockerd', 'request', { status });
  }
}

/** {"message": …}, Docker's form of every refusal; 304 has no body. */
export function failure(error: unknown): Reply {
  const status = statusOf(error);
  if (status === 304) return { kind: 'empty', status };
  return json({ message: messageOf(error) }, status);
}
