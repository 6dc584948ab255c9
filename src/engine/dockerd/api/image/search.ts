// GET /images/search?term=&limit=&filters=: asked of the registry that the term names, docker.io without a name.
// Docker's old index API: /v1/search
import { parseRegistryAuth } from '../../../image/registry/auth.ts';
import { RegistryClient } from '../../../image/registry/client.ts';
import { endpointsOf } from '../../../image/registry/endpoints.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter, systemError } from '../../errors.ts';
import { Filters } from '../../filters.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';

const [DEFAULT_LIMIT, MAX_LIMIT] = [25, 100];

interface Found {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated: boolean;
}

export async function search(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const { query } = request;
  const term = query.get('term');
  if (term === '') throw invalidParameter('invalid search term: term is empty');
  const limit = query.integer('limit', DEFAULT_LIMIT) || DEFAULT_LIMIT;
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalidParameter(`invalid limit ${limit}: must be between 1 and ${MAX_LIMIT}`);
  const filters = Filters.parse(query.get('filters'), ['is-automated', 'is-official', 'stars']);
  const { domain, rest } = splitTerm(term);
  const credentials = parseRegistryAuth(request.header('x-registry-auth'));
  const results = await ask(daemon, domain, `/v1/search?q=${encodeURIComponent(rest)}&n=${limit}`, credentials);
  const stars = Math.max(0, ...filters.get('stars').map(Number));
  return json(
    results
      .filter((found) => !filters.has('is-official') || filters.bool('is-official', true) === found.is_official)
      .filter((found) => !filters.has('is-automated') || filters.bool('is-automated', true) === found.is_automated)
      .filter((found) => found.star_count >= stars)
      .map((found) => ({ ...found, name: domain === 'docker.io' ? found.name : `${domain}/${found.name}` })),
  );
}

/** `localhost:5000/thing` names a registry, `team/thing` does not. */
function splitTerm(term: string): { domain: string; rest: string } {
  const slash = term.indexOf('/');
  const first = term.slice(0, Math.max(0, slash));
  const isHost = /[.:]/.test(first) || first === 'localhost';
  if (!isHost) return { domain: 'docker.io', rest: term.replace(/^library\//, '') };
  return { domain: first === 'index.docker.io' ? 'docker.io' : first, rest: term.slice(slash + 1) };
}

async function ask(
  daemon: Daemon,
  domain: string,
  path: string,
  credentials: ReturnType<typeof parseRegistryAuth>,
): Promise<Found[]> {
  const [endpoint] = endpointsOf(domain, daemon.config);
  if (!endpoint) throw systemError(`no endpoint for ${domain}`);
  const client = new RegistryClient(endpoint, '', credentials, 'pull');
  try {
    const response = await client.send('GET', path);
    if (!response.ok) {
      response.close();
      throw systemError(`Unexpected status code ${response.status}`);
    }
    const body = (await response.json()) as { results?: Found[] | null };
    return body.results ?? [];
  } finally {
    client.close();
  }
}
