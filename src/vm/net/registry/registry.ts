// The page's image registry at http://registry.drydock.internal: the OCI distribution spec 1.1 over content.ts and uploads.ts,
// and Docker's old /v1/search. dockerd has it as a mirror of docker.io. github.com/opencontainers/distribution-spec
import { headerValue, type Headers } from '../http/message.ts';
import type { HttpHandler, ServedRequest, ServedResponse } from '../http/server.ts';
import { collect, DIGEST, RegistryContent, type RegistryFiles } from './content.ts';
import { json, RegistryError } from './errors.ts';
import { searchResults } from './search.ts';
import { Uploads } from './uploads.ts';

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const MANIFEST_MAX_BYTES = 4 << 20;
const VERSION: Headers = [['Docker-Distribution-API-Version', 'registry/2.0']];

interface Context {
  readonly request: ServedRequest;
  readonly content: RegistryContent;
  readonly uploads: Uploads;
  /** Repository name and what the pattern's last group caught. */
  readonly name: string;
  readonly reference: string;
}

type Route = readonly [
  methods: string,
  pattern: RegExp,
  handle: (context: Context) => Promise<ServedResponse> | ServedResponse,
];

/** `end-N` are the spec's own numbers. */
const ROUTES: readonly Route[] = [
  ['GET HEAD', /^\/v2\/?$/, () => json(200, {})], // end-1
  ['GET HEAD', /^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/, getBlob], // end-2
  ['DELETE', /^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/, deleteBlob], // end-10
  ['GET HEAD', /^\/v2\/(.+)\/manifests\/([^/]+)$/, getManifest], // end-3
  ['PUT', /^\/v2\/(.+)\/manifests\/([^/]+)$/, putManifest], // end-7
  ['DELETE', /^\/v2\/(.+)\/manifests\/([^/]+)$/, deleteManifest], // end-9
  ['POST', /^\/v2\/(.+)\/blobs\/uploads\/?()$/, ({ uploads, name, request }) => uploads.start(name, request)], // end-4a, 4b, 11
  [
    'GET PATCH PUT DELETE',
    /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    ({ uploads, name, reference, request }) => uploads.handle(name, reference, request),
  ], // end-5, 6, 13
  ['GET', /^\/v2\/(.+)\/tags\/list()$/, listTags], // end-8
  ['GET', /^\/v2\/(.+)\/referrers\/(sha256:[0-9a-f]{64})$/, listReferrers], // end-12
  ['GET', /^\/v2\/_catalog$/, listRepositories],
  [
    'GET',
    /^\/v1\/search$/,
    async ({ content, request }) => json(200, searchResults(await content.repositories(), request.query)),
  ],
];

export function createRegistry(files: RegistryFiles): HttpHandler {
  const content = new RegistryContent(files);
  const uploads = new Uploads(content);
  return async (request) => {
    const response = await route(request, content, uploads).catch((error: unknown) => {
      if (error instanceof RegistryError) return error.response();
      throw error;
    });
    return { ...response, headers: [...VERSION, ...(response.headers ?? [])] };
  };
}

async function route(request: ServedRequest, content: RegistryContent, uploads: Uploads): Promise<ServedResponse> {
  let known = false;
  for (const [methods, pattern, handle] of ROUTES) {
    const match = pattern.exec(request.path);
    if (!match) continue;
    known = true;
    if (!methods.split(' ').includes(request.method)) continue;
    const [, name = '', reference = ''] = match;
    if (match.length > 1 && !NAME.test(name)) throw new RegistryError('NAME_INVALID', { name });
    return handle({ request, content, uploads, name, reference });
  }
  if (known) throw new RegistryError('UNSUPPORTED');
  return {
    status: 404,
    headers: [['Content-Type', 'text/plain; charset=utf-8']],
    body: new TextEncoder().encode('404 page not found\n'),
  };
}

async function getBlob({ content, name, reference: digest, request }: Context): Promise<ServedResponse> {
  const size = await content.blobBytes(name, digest);
  const common: Headers = [
    ['Content-Type', 'application/octet-stream'],
    ['Docker-Content-Digest', digest],
    ['Accept-Ranges', 'bytes'],
    ['ETag', `"${digest}"`],
  ];
  // HEAD: the server sends the length alone, so nothing is fetched.
  if (request.method === 'HEAD') return { status: 200, headers: common, body: { bytes: size, chunks: nothing() } };
  const range = headerValue(request.headers, 'range');
  if (range === undefined)
    return { status: 200, headers: common, body: { bytes: size, chunks: await content.openBlob(digest) } };
  const [first, last] = parseRange(range, size);
  const chunks = slice(await content.openBlob(digest), first, last + 1);
  return {
    status: 206,
    headers: [...common, ['Content-Range', `bytes ${first}-${last}/${size}`]],
    body: { bytes: last - first + 1, chunks },
  };
}

/** One range, as `bytes=5-`, `bytes=5-9` or `bytes=-5` (RFC 9110 section 14.1.2). */
function parseRange(text: string, size: number): [first: number, last: number] {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text);
  const [from, to] = [match?.[1] ?? '', match?.[2] ?? ''];
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to));
  if (!match || (from === '' && to === '') || first > last) throw new RegistryError('RANGE_INVALID', { range: text });
  return [first, last];
}

async function* slice(
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at >= end) return;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

async function getManifest({ content, name, reference }: Context): Promise<ServedResponse> {
  const { mediaType, digest, bytes } = await content.manifest(name, reference);
  return {
    status: 200,
    headers: [
      ['Content-Type', mediaType],
      ['Docker-Content-Digest', digest],
      ['ETag', `"${digest}"`],
    ],
    body: bytes,
  };
}

async function putManifest({ content, name, reference, request }: Context): Promise<ServedResponse> {
  if (!TAG.test(reference) && !DIGEST.test(reference)) throw new RegistryError('MANIFEST_INVALID', { reference });
  const mediaType = headerValue(request.headers, 'content-type')?.split(';')[0]?.trim() ?? '';
  const bytes = await collect(request.body, MANIFEST_MAX_BYTES);
  const { digest, subject } = await content.putManifest(name, reference, mediaType, bytes);
  return {
    status: 201,
    headers: [
      ['Location', `/v2/${name}/manifests/${digest}`],
      ['Docker-Content-Digest', digest],
      ...(subject === undefined ? [] : [['OCI-Subject', subject] as const]),
    ],
  };
}

async function deleteManifest({ content, name, reference }: Context): Promise<ServedResponse> {
  await content.deleteManifest(name, reference);
  return { status: 202 };
}

async function deleteBlob({ content, name, reference }: Context): Promise<ServedResponse> {
  await content.deleteBlob(name, reference);
  return { status: 202 };
}

async function listTags({ content, name, request }: Context): Promise<ServedResponse> {
  const { page, headers } = paginate(await content.tags(name), request, `/v2/${name}/tags/list`);
  return json(200, { name, tags: page }, headers);
}

async function listRepositories({ content, request }: Context): Promise<ServedResponse> {
  const { page, headers } = paginate(await content.repositories(), request, '/v2/_catalog');
  return json(200, { repositories: page }, headers);
}

/** `n` entries after `last`, and where the rest is. */
function paginate(
  all: readonly string[],
  { query }: ServedRequest,
  path: string,
): { page: readonly string[]; headers: Headers } {
  const last = query.get('last');
  const after = last === null ? all : all.filter((entry) => entry > last);
  const n = query.get('n') === null ? after.length : Number(query.get('n'));
  if (!Number.isInteger(n) || n < 0) throw new RegistryError('UNSUPPORTED', { n: query.get('n') });
  const page = after.slice(0, n);
  const next = page.at(-1);
  if (next === undefined || page.length === after.length) return { page, headers: [] };
  return { page, headers: [['Link', `<${path}?n=${n}&last=${encodeURIComponent(next)}>; rel="next"`]] };
}

async function listReferrers({ content, name, reference, request }: Context): Promise<ServedResponse> {
  const wanted = request.query.get('artifactType');
  const all = await content.referrers(name, reference);
  const manifests = wanted === null ? all : all.filter((one) => one.artifactType === wanted);
  const body = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  const filters: Headers = wanted === null ? [] : [['OCI-Filters-Applied', 'artifactType']];
  const response = json(200, body, filters);
  return { ...response, headers: [['Content-Type', body.mediaType], ...filters] };
}
