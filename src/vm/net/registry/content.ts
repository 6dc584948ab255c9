// What the registry has: images built into the site (static files, read only), and what was pushed in this session (in memory).
// Digests are global, but a repository owns only what its manifests name, as in a real registry.
import { sha256Hex } from '../../sha256.ts';
import { concatBytes } from '../../platform.ts';
import { RegistryError } from './errors.ts';

/** The site's files under public/registry/. */
export interface RegistryFiles {
  /** A file's bytes as they come; undefined if there is none. Rejects if it cannot be had. */
  open(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** OCI image spec, "descriptor". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface Manifest extends Descriptor {
  readonly bytes: Uint8Array;
}

/** What a manifest or index names, as far as a registry cares. */
interface ManifestJson {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Repository {
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, Descriptor>;
  readonly blobs: Map<string, number>;
}

const MANIFEST_MAX_BYTES = 4 << 20;
const PUSHED_MAX_BYTES = 512 << 20;
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

export class RegistryContent {
  readonly #repositories = new Map<string, Repository>();
  /** Bytes pushed in this session, by digest. */
  readonly #pushed = new Map<string, Uint8Array>();
  #pushedBytes = 0;
  #index: Promise<void> | undefined;
  readonly #walked = new Map<string, Promise<void>>();

  constructor(private readonly files: RegistryFiles) {}

  async repositories(): Promise<string[]> {
    await this.#load();
    return [...this.#repositories.keys()].sort();
  }

  async tags(name: string): Promise<string[]> {
    return [...(await this.#existing(name)).tags.keys()].sort();
  }

  /** By tag or digest. */
  async manifest(name: string, reference: string): Promise<Manifest> {
    const repository = await this.#existing(name);
    let digest: string | undefined = reference;
    if (!DIGEST.test(reference)) digest = repository.tags.get(reference);
    let descriptor = digest === undefined ? undefined : repository.manifests.get(digest);
    if (digest !== undefined && !descriptor) {
      await this.#walk(name, repository);
      descriptor = repository.manifests.get(digest);
    }
    if (!descriptor) throw new RegistryError('MANIFEST_UNKNOWN', { name, reference });
    return { ...descriptor, bytes: await this.#bytes(descriptor) };
  }

  /** The size of a blob that this repository has. */
  async blobBytes(name: string, digest: string): Promise<number> {
    const repository = await this.#existing(name);
    if (!repository.blobs.has(digest)) await this.#walk(name, repository);
    const bytes = repository.blobs.get(digest);
    if (bytes === undefined) throw new RegistryError('BLOB_UNKNOWN', { digest });
    return bytes;
  }

  async openBlob(digest: string): Promise<AsyncIterable<Uint8Array>> {
    const pushed = this.#pushed.get(digest);
    if (pushed) return once(pushed);
    let chunks: AsyncIterable<Uint8Array> | undefined;
    try {
      chunks = await this.files.open(`blobs/sha256/${digest.slice('sha256:'.length)}`);
    } catch (error) {
      throw new RegistryError('UNAVAILABLE', error instanceof Error ? error.message : null);
    }
    if (!chunks) throw new RegistryError('BLOB_UNKNOWN', { digest });
    return chunks;
  }

  async hasBlob(name: string, digest: string): Promise<boolean> {
    return this.blobBytes(name, digest).then(
      () => true,
      () => false,
    );
  }

  /** Keep pushed bytes; the digest must be theirs. */
  async addBlob(name: string, digest: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#load();
    await this.#keep(digest, bytes);
    this.#own(name).blobs.set(digest, bytes.length);
  }

  /** Let one repository have another's blob without sending it again. */
  async mountBlob(name: string, from: string, digest: string): Promise<boolean> {
    if (!(await this.hasBlob(from, digest))) return false;
    this.#own(name).blobs.set(digest, await this.blobBytes(from, digest));
    return true;
  }

  /** Returns the digest and, for a referrer, its subject's. */
  async putManifest(
    name: string,
    reference: string,
    mediaType: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<{ digest: string; subject?: string }> {
    await this.#load();
    if (bytes.length > MANIFEST_MAX_BYTES) throw new RegistryError('SIZE_INVALID');
    const manifest = parseManifest(bytes);
    if (!manifest) throw new RegistryError('MANIFEST_INVALID');
    const digest = `sha256:${await sha256Hex(bytes)}`;
    if (reference.includes(':') && reference !== digest)
      throw new RegistryError('DIGEST_INVALID', { digest: reference });
    const repository = this.#own(name);
    for (const blob of [...(manifest.config ? [manifest.config] : []), ...(manifest.layers ?? [])]) {
      if (!(await this.hasBlob(name, blob.digest)))
        throw new RegistryError('MANIFEST_BLOB_UNKNOWN', { digest: blob.digest });
    }
    for (const child of manifest.manifests ?? []) {
      if (!repository.manifests.has(child.digest))
        throw new RegistryError('MANIFEST_BLOB_UNKNOWN', { digest: child.digest });
    }
    await this.#keep(digest, bytes);
    repository.manifests.set(digest, { mediaType, digest, size: bytes.length });
    if (!reference.includes(':')) repository.tags.set(reference, digest);
    return { digest, ...(manifest.subject ? { subject: manifest.subject.digest } : {}) };
  }

  /** Manifests pushed to this repository that name `digest` as their subject. */
  async referrers(name: string, digest: string): Promise<readonly (Descriptor & { artifactType?: string })[]> {
    const repository = await this.#existing(name);
    const found: (Descriptor & { artifactType?: string })[] = [];
    for (const descriptor of repository.manifests.values()) {
      const bytes = this.#pushed.get(descriptor.digest);
      const manifest = bytes && parseManifest(bytes);
      if (manifest?.subject?.digest !== digest) continue;
      const { artifactType = manifest.config?.mediaType, annotations } = manifest;
      found.push({ ...descriptor, ...(artifactType ? { artifactType } : {}), ...(annotations ? { annotations } : {}) });
    }
    return found;
  }

  /** Forget a tag, or a pushed manifest with its tags. What is built into the site stays. */
  async deleteManifest(name: string, reference: string): Promise<void> {
    const repository = await this.#existing(name);
    const digest = DIGEST.test(reference) ? reference : repository.tags.get(reference);
    if (digest === undefined || !repository.manifests.has(digest))
      throw new RegistryError('MANIFEST_UNKNOWN', { name, reference });
    if (!this.#pushed.has(digest)) throw new RegistryError('UNSUPPORTED');
    if (digest !== reference) {
      repository.tags.delete(reference);
      return;
    }
    repository.manifests.delete(digest);
    for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag);
  }

  async deleteBlob(name: string, digest: string): Promise<void> {
    await this.blobBytes(name, digest);
    if (!this.#pushed.has(digest)) throw new RegistryError('UNSUPPORTED');
    (await this.#existing(name)).blobs.delete(digest);
  }

  async #keep(digest: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (digest !== `sha256:${await sha256Hex(bytes)}`) throw new RegistryError('DIGEST_INVALID', { digest });
    if (this.#pushed.has(digest)) return;
    if (this.#pushedBytes + bytes.length > PUSHED_MAX_BYTES) throw new RegistryError('TOOMANY');
    this.#pushed.set(digest, bytes);
    this.#pushedBytes += bytes.length;
  }

  async #existing(name: string): Promise<Repository> {
    await this.#load();
    const repository = this.#repositories.get(name);
    if (!repository) throw new RegistryError('NAME_UNKNOWN', { name });
    return repository;
  }

  #own(name: string): Repository {
    let repository = this.#repositories.get(name);
    if (!repository) {
      repository = { tags: new Map(), manifests: new Map(), blobs: new Map() };
      this.#repositories.set(name, repository);
    }
    return repository;
  }

  /** repositories.json: the tags of every repository of the site. Fetched once; tried again after a failure. */
  #load(): Promise<void> {
    this.#index ??= this.#readIndex().catch((error: unknown) => {
      this.#index = undefined;
      throw error instanceof RegistryError ? error : new RegistryError('UNAVAILABLE', String(error));
    });
    return this.#index;
  }

  async #readIndex(): Promise<void> {
    const chunks = await this.files.open('repositories.json');
    if (!chunks) throw new RegistryError('UNAVAILABLE', 'repositories.json');
    const text = new TextDecoder().decode(await collect(chunks));
    const { repositories } = JSON.parse(text) as { repositories: Record<string, Record<string, Descriptor>> };
    for (const [name, tags] of Object.entries(repositories)) {
      const repository = this.#own(name);
      for (const [tag, descriptor] of Object.entries(tags)) {
        repository.tags.set(tag, descriptor.digest);
        repository.manifests.set(descriptor.digest, descriptor);
      }
    }
  }

  /** Follows a repository's built-in manifests down to the blobs that they name. */
  #walk(name: string, repository: Repository): Promise<void> {
    const walking = this.#walked.get(name) ?? this.#follow(repository, [...repository.manifests.values()]);
    this.#walked.set(name, walking);
    walking.catch(() => this.#walked.delete(name));
    return walking;
  }

  async #follow(repository: Repository, descriptors: readonly Descriptor[]): Promise<void> {
    for (const descriptor of descriptors) {
      const manifest = parseManifest(await this.#bytes(descriptor));
      if (!manifest) throw new RegistryError('MANIFEST_INVALID', { digest: descriptor.digest });
      for (const blob of [...(manifest.config ? [manifest.config] : []), ...(manifest.layers ?? [])]) {
        repository.blobs.set(blob.digest, blob.size);
      }
      for (const child of manifest.manifests ?? []) repository.manifests.set(child.digest, child);
      await this.#follow(repository, manifest.manifests ?? []);
    }
  }

  async #bytes(descriptor: Descriptor): Promise<Uint8Array> {
    return this.#pushed.get(descriptor.digest) ?? collect(await this.openBlob(descriptor.digest));
  }
}

function parseManifest(bytes: Uint8Array): ManifestJson | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    if (typeof value !== 'object' || value === null) return undefined;
    const manifest = value as ManifestJson;
    const named = [manifest.config, manifest.subject, ...(manifest.layers ?? []), ...(manifest.manifests ?? [])];
    return named.every((one) => one === undefined || DIGEST.test(one.digest)) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

export async function collect(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = PUSHED_MAX_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) throw new RegistryError('SIZE_INVALID');
    parts.push(chunk);
  }
  return concatBytes(parts);
}
