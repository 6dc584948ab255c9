// One repository at one registry: manifests and blobs over the OCI distribution protocol, with authentication and
// redirects. github.com/opencontainers/distribution-spec
import { HttpClient, type ClientResponse, type RequestOptions } from '../../http/index.ts';
import { ApiError, notFound, systemError } from '../../dockerd/errors.ts';
import type { AbortSignal } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import { MEDIA } from '../types.ts';
import { basic, parseChallenge, type Credentials } from './auth.ts';
import type { RegistryEndpoint } from './endpoints.ts';
import { resolveHost } from './resolve.ts';

const ACCEPT = [MEDIA.ociIndex, MEDIA.dockerIndex, MEDIA.ociManifest, MEDIA.dockerManifest].join(', ');
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 5;

export interface FetchedManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly text: string;
}

export class RegistryClient {
  private readonly clients = new Map<string, HttpClient>();
  private authorization: string | undefined;

  constructor(
    readonly endpoint: RegistryEndpoint,
    readonly repository: string,
    private readonly credentials: Credentials | undefined,
    /** `pull` or `pull,push`: what a token is asked for. */
    private readonly actions: string,
    readonly signal?: AbortSignal,
  ) {
    if (credentials?.registryToken) this.authorization = `Bearer ${credentials.registryToken}`;
  }

  /** By tag or digest. A digest that was asked for is checked. */
  async manifest(reference: string): Promise<FetchedManifest> {
    const path = `/v2/${this.repository}/manifests/${reference}`;
    const response = await this.send('GET', path, { headers: { Accept: ACCEPT } });
    if (!response.ok) await this.refuse(response, reference);
    const text = await response.text(MAX_MANIFEST_BYTES);
    const digest = sys.sha256Digest(text);
    if (reference.startsWith('sha256:') && reference !== digest)
      throw systemError(`manifest verification failed for digest ${reference}`);
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    return { mediaType, digest, text };
  }

  /** A blob's bytes from an offset on (206), or all of them from a registry without ranges (200); the caller closes. */
  async blob(digest: string, offset = 0): Promise<ClientResponse> {
    const headers = offset > 0 ? { Range: `bytes=${offset}-` } : {};
    const response = await this.send('GET', `/v2/${this.repository}/blobs/${digest}`, { headers });
    if (!response.ok) await this.refuse(response, digest);
    return response;
  }

  /** A small blob as text, checked. */
  async blobText(digest: string, limitBytes = MAX_MANIFEST_BYTES): Promise<string> {
    const text = await (await this.blob(digest)).text(limitBytes);
    if (sys.sha256Digest(text) !== digest) throw systemError(`image config verification failed for digest ${digest}`);
    return text;
  }

  /** A request to the registry, authenticated if it wants that, following redirects of GET and HEAD. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<ClientResponse> {
    const used = this.authorization;
    let response = await this.once(method, path, options);
    if (response.status === 401 && (await this.authenticate(response, used, method, path)))
      response = await this.once(method, path, options);
    for (
      let hop = 0;
      hop < MAX_REDIRECTS &&
      (response.status === 307 || response.status === 302) &&
      (method === 'GET' || method === 'HEAD');
      hop += 1
    ) {
      const location = response.headers.get('location') ?? '';
      response.close();
      response = await this.follow(method, location, options);
    }
    return response;
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }

  private async once(method: string, path: string, options: RequestOptions): Promise<ClientResponse> {
    const { scheme, host, port, name } = this.endpoint;
    if (scheme === 'https') {
      throw systemError(
        `Get "https://${name}/v2/": TLS is not implemented in this engine; a registry that speaks plain HTTP can be named in insecure-registries`,
      );
    }
    const authorization = this.authorization === undefined ? {} : { Authorization: this.authorization };
    try {
      const client = await this.clientFor(host, port, name);
      return await client.request(method, path, {
        ...options,
        headers: { ...authorization, ...options.headers },
        ...(this.signal && { signal: this.signal }),
      });
    } catch (error) {
      this.signal?.throwIfAborted();
      throw unreachable(this.endpoint, error);
    }
  }

  /** A request to an address that the registry gave: of an upload, of a redirect, of a token server. */
  async follow(method: string, location: string, options: RequestOptions = {}): Promise<ClientResponse> {
    const found = /^http:\/\/([^/:]+)(?::(\d+))?(\/.*)$/.exec(location);
    if (!found) {
      if (location.startsWith('/')) return this.once(method, location, options);
      throw systemError(`cannot follow redirect to ${location}`);
    }
    const [, host = '', port = '80', target = '/'] = found;
    const name = port === '80' ? host : `${host}:${port}`;
    // Who we are is for the registry alone, not for where it sends us.
    if (name === this.endpoint.name || `${name}:80` === this.endpoint.name) return this.once(method, target, options);
    const client = await this.clientFor(host, Number(port), name);
    return client.request(method, target, { ...options, ...(this.signal && { signal: this.signal }) });
  }

  private async clientFor(host: string, port: number, name: string): Promise<HttpClient> {
    const known = this.clients.get(name);
    if (known) return known;
    const client = new HttpClient({ host: await resolveHost(host), port, name });
    this.clients.set(name, client);
    return client;
  }

  /** Answers a challenge to a request that carried `used`. False if there is nothing more to offer. */
  private async authenticate(
    refused: ClientResponse,
    used: string | undefined,
    method: string,
    path: string,
  ): Promise<boolean> {
    const challenge = parseChallenge(refused.headers.get('www-authenticate'));
    await refused.body.drain(64 * 1024);
    refused.close();
    if (!challenge) return false;
    // Another request beside this one has answered it meanwhile.
    if (this.authorization !== used) return true;
    if (challenge.scheme === 'basic') {
      if (used !== undefined) return false;
      if (!this.credentials?.username) {
        const { scheme, name } = this.endpoint;
        throw systemError(`${method === 'GET' ? `Get "${scheme}://${name}${path}": ` : ''}no basic auth credentials`);
      }
      this.authorization = basic(this.credentials);
      return true;
    }
    const { realm = '', service = '' } = challenge.parameters;
    const asked = this.repository === '' ? '' : `repository:${this.repository}:${this.actions}`;
    const scope = challenge.parameters['scope'] ?? asked;
    const parameters = [
      `service=${encodeURIComponent(service)}`,
      ...(scope === '' ? [] : [`scope=${encodeURIComponent(scope)}`]),
    ];
    const headers = this.credentials?.username ? { Authorization: basic(this.credentials) } : {};
    this.authorization = undefined;
    const response = await this.follow('GET', `${realm}?${parameters.join('&')}`, { headers });
    if (!response.ok) {
      await response.body.drain(64 * 1024);
      response.close();
      return false;
    }
    const body = (await response.json()) as { token?: string; access_token?: string };
    this.authorization = `Bearer ${body.token ?? body.access_token ?? ''}`;
    return true;
  }

  /** Throws what Docker says of a refusal. */
  async refuse(response: ClientResponse, reference: string): Promise<never> {
    const body = (await response.json(64 * 1024).catch(() => undefined)) as
      { errors?: { code?: string; message?: string }[] } | undefined;
    const first = body?.errors?.[0];
    if (response.status === 404 && first?.code === 'NAME_UNKNOWN')
      throw notFound(`repository ${this.repository} not found: name unknown: ${first.message ?? ''}`);
    if (response.status === 404)
      throw notFound(`manifest for ${reference} not found: manifest unknown: ${first?.message ?? 'manifest unknown'}`);
    if (this.actions !== 'pull' && (response.status === 401 || response.status === 403))
      throw new ApiError(
        'forbidden',
        response.status === 401 ? 'unauthorized: authentication required' : deniedWords(first),
      );
    if (response.status === 401 || response.status === 403) {
      throw new ApiError(
        'notFound',
        `pull access denied for ${this.repository}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      );
    }
    throw systemError(
      `received unexpected HTTP status: ${response.status} ${response.reason}${first?.message ? `: ${first.message}` : ''}`,
    );
  }
}

function deniedWords(first: { code?: string; message?: string } | undefined): string {
  return `${(first?.code ?? 'denied').toLowerCase()}: ${first?.message ?? 'requested access to the resource is denied'}`;
}

const DIAL_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
};

/** What Go says of a connection that could not be made; other failures stay what they are. */
function unreachable({ scheme, name, host, port }: RegistryEndpoint, error: unknown): unknown {
  const get = `Get "${scheme}://${name}/v2/": `;
  const reason = DIAL_ERRORS[(error as { code?: string }).code ?? ''];
  if (reason !== undefined) return systemError(`${get}dial tcp ${host}:${port}: connect: ${reason}`);
  const isLookup = error instanceof Error && error.message.startsWith('dial tcp: lookup');
  return isLookup ? systemError(get + error.message) : error;
}
