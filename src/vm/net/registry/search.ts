// What `docker search` asks: GET /v1/search?q=…&n=…, an answer in the form of Docker's old index API.

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'library/hello-world': 'A tiny static program that says that everything works.',
  'library/busybox': 'Debian’s static busybox.',
  'library/debian': 'Debian bookworm for i386, slim.',
  'library/nginx': 'Debian’s nginx web server.',
  'library/redis': 'Debian’s Redis server.',
  'library/python': 'Debian’s Python 3.',
  'library/postgres': 'Debian’s PostgreSQL server.',
  'library/node': 'Debian’s Node.js.',
};

/** Official images go by their short name. */
const shortName = (name: string): string => name.replace(/^library\//, '');

export function searchResults(repositories: readonly string[], query: URLSearchParams): unknown {
  const term = (query.get('q') ?? '').toLowerCase();
  const limit = Math.min(100, Math.max(1, Number(query.get('n')) || 25));
  const found = repositories.filter((name) => name.toLowerCase().includes(term));
  const results = found.slice(0, limit).map((name) => ({
    name: shortName(name),
    description: DESCRIPTIONS[name] ?? '',
    // Nobody stars an image here.
    star_count: 0,
    is_official: name.startsWith('library/'),
    is_automated: false,
  }));
  return { query: term, num_results: results.length, num_pages: 1, page: 1, page_size: limit, results };
}
