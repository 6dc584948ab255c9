// `docker pull`: tag → index → manifest for this platform → config → layers. Layers that are here are skipped, the others
// come side by side, each unpacked while it arrives; then they get their places from the bottom up.
import type { Daemon } from '../dockerd/daemon.ts';
import { notFound, systemError } from '../dockerd/errors.ts';
import { ARCHITECTURE, OS } from '../dockerd/platform.ts';
import { readable, sleep, type AbortSignal } from '../loop/index.ts';
import { spanInstant } from '../span.ts';
import * as sys from '../sys/index.ts';
import { announceImage } from './announce.ts';
import { archiveFailure } from './extract.ts';
import type { Image } from './images.ts';
import { chainIdsOf, type LayerStore, type NewLayer } from './layers.ts';
import { throttled, type Report } from './progress.ts';
import { familiar, familiarName, type Reference } from './reference.ts';
import type { Credentials } from './registry/auth.ts';
import { RegistryClient, type FetchedManifest } from './registry/client.ts';
import { endpointsOf } from './registry/endpoints.ts';
import type { Descriptor, ImageConfig, Index, Manifest } from './types.ts';

const PARALLEL = 3;
const TRIES = 5;
const RETRY_MS = 1000;

export interface PullOptions {
  /** Exactly one tag or digest. */
  readonly ref: Reference;
  /** Architecture to take; '' is this machine's. */
  readonly architecture: string;
  readonly credentials: Credentials | undefined;
  readonly signal?: AbortSignal;
  readonly span?: string | undefined;
}

export async function pullImage(daemon: Daemon, options: PullOptions, report: Report): Promise<Image> {
  const { ref } = options;
  let failure: unknown;
  for (const endpoint of endpointsOf(ref.domain, daemon.config)) {
    const client = new RegistryClient(endpoint, ref.path, options.credentials, 'pull', options.signal);
    try {
      return await pullFrom(daemon, client, options, report);
    } catch (error) {
      // The mirror's answer counts more than that the origin could not be reached.
      failure ??= explain(error, ref);
    } finally {
      client.close();
    }
  }
  throw failure;
}

async function pullFrom(daemon: Daemon, client: RegistryClient, options: PullOptions, report: Report): Promise<Image> {
  const { ref } = options;
  const wanted = ref.digest ?? ref.tag ?? 'latest';
  const top = await client.manifest(wanted);
  report({ status: `Pulling from ${ref.path}`, id: wanted });
  const manifest = await platformManifest(client, top, options.architecture || ARCHITECTURE);
  const configText = await client.blobText(manifest.config.digest);
  const config = JSON.parse(configText) as ImageConfig;
  if (config.rootfs.diff_ids.length !== manifest.layers.length)
    throw systemError("layers from manifest don't match image configuration");

  const before = daemon.images.find(familiar(ref))?.id;
  await fetchLayers(daemon, client, manifest.layers, config.rootfs.diff_ids, options, report);
  const image = daemon.images.add(configText);
  daemon.images.tag({ domain: ref.domain, path: ref.path, digest: top.digest }, image.id);
  if (ref.tag !== undefined) daemon.images.tag({ domain: ref.domain, path: ref.path, tag: ref.tag }, image.id);
  announceImage(daemon, image, options.span);
  daemon.events.emit('image', 'pull', familiar(ref), { name: familiarName(ref), ...labelsOf(config) });
  report({ status: `Digest: ${top.digest}` });
  const words = before === image.id ? 'Image is up to date for' : 'Downloaded newer image for';
  report({ status: `Status: ${words} ${familiar(ref)}` });
  return image;
}

function labelsOf(config: ImageConfig): Record<string, string> {
  return (config.config?.['Labels'] ?? {}) as Record<string, string>;
}

/** An index leads to the manifest for our platform. */
async function platformManifest(client: RegistryClient, top: FetchedManifest, architecture: string): Promise<Manifest> {
  const parsed = parseManifest(top.text);
  if (!('manifests' in parsed)) return parsed;
  const chosen = parsed.manifests.find(({ platform }) => platform?.os === OS && platform.architecture === architecture);
  if (!chosen) throw notFound(`no matching manifest for ${OS}/${architecture} in the manifest list entries`);
  const inner = parseManifest((await client.manifest(chosen.digest)).text);
  if ('manifests' in inner) throw systemError('manifest list within a manifest list');
  return inner;
}

function parseManifest(text: string): Manifest | Index {
  const value = JSON.parse(text) as Partial<Manifest & Index>;
  if (Array.isArray(value.manifests)) return value as Index;
  if (value.schemaVersion === 2 && value.config && Array.isArray(value.layers)) return value as Manifest;
  throw systemError('unsupported manifest: only schema version 2 and OCI manifests are understood');
}

/** Brings every missing layer; if one fails, none of this pull is left. */
async function fetchLayers(
  daemon: Daemon,
  client: RegistryClient,
  descriptors: readonly Descriptor[],
  diffIds: readonly string[],
  options: PullOptions,
  report: Report,
): Promise<void> {
  const chainIds = chainIdsOf(diffIds);
  const made: Fetched[] = [];
  const tell = (descriptor: Descriptor, state: string, current: number): void =>
    spanInstant(
      'dockerd',
      'pull.layer',
      { image: familiar(options.ref), digest: descriptor.digest, state, current, total: descriptor.size },
      options.span,
    );
  const missing: number[] = [];
  for (const [n, descriptor] of descriptors.entries()) {
    const here = daemon.layers.get(chainIds[n] ?? '') !== undefined;
    report({ status: here ? 'Already exists' : 'Pulling fs layer', progressDetail: {}, id: shortId(descriptor) });
    tell(descriptor, here ? 'exists' : 'waiting', 0);
    if (!here) missing.push(n);
  }
  try {
    const queue = [...missing];
    const worker = async (): Promise<void> => {
      for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
        const descriptor = descriptors[n] as Descriptor;
        const layer = { ...daemon.layers.begin(), blobPath: daemon.layers.newBlobPath() };
        made[n] = { ...layer, fileBytes: 0, tarBytes: 0 };
        const sizes = await fetchLayer(client, descriptor, diffIds[n] ?? '', layer, report, (state, current) =>
          tell(descriptor, state, current),
        );
        made[n] = { ...layer, ...sizes };
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, missing.length) }, worker));
  } catch (error) {
    for (const layer of made) if (layer) discard(daemon.layers, layer);
    throw error;
  }
  for (const n of missing) {
    const [layer, descriptor] = [made[n], descriptors[n]];
    if (!layer || !descriptor) continue;
    const { digest, mediaType, size } = descriptor;
    const blob = { digest, mediaType, sizeBytes: size, repository: `${options.ref.domain}/${options.ref.path}` };
    const { fileBytes, tarBytes } = layer;
    daemon.layers.keepBlob(layer.blobPath, digest);
    daemon.layers.commit(layer, n === 0 ? undefined : chainIds[n - 1], diffIds[n] ?? '', fileBytes, { tarBytes, blob });
    report({ status: 'Pull complete', progressDetail: {}, id: shortId(descriptor) });
    tell(descriptor, 'complete', size);
  }
}

/** A layer on its way in: the directory that it is unpacked to, and the file that keeps the bytes as they came. */
interface Incoming extends NewLayer {
  readonly blobPath: string;
}

interface Fetched extends Incoming {
  readonly fileBytes: number;
  readonly tarBytes: number;
}

function discard(layers: LayerStore, layer: Incoming): void {
  layers.discard(layer);
  sys.removeQuietly(layer.blobPath);
}

/** One layer: bytes go from the socket through hash, inflate and untar in C. A broken connection is taken up where it broke. */
async function fetchLayer(
  client: RegistryClient,
  descriptor: Descriptor,
  diffId: string,
  into: Incoming,
  report: Report,
  tell: (state: string, current: number) => void,
): Promise<Pick<Fetched, 'fileBytes' | 'tarBytes'>> {
  const { digest, size: total } = descriptor;
  const id = shortId(descriptor);
  const extract = new sys.TarExtract(into.diffDir, { whiteouts: 'overlay', verified: true });
  const progress = throttled((current) => {
    report({ status: 'Downloading', progressDetail: { current, total }, id });
    tell('downloading', current);
  });
  const kept = sys.open(into.blobPath, sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL, 0o600);
  let received = 0;
  try {
    for (let attempt = 1; received < total; attempt += 1) {
      try {
        for await (const bytes of takeBlob(client, digest, received, extract, kept)) progress((received += bytes));
        if (received < total) throw systemError(`unexpected EOF in blob ${digest}`);
      } catch (error) {
        client.signal?.throwIfAborted();
        if (attempt >= TRIES || error instanceof sys.ArchiveError) throw error;
        report({ status: `Retrying in 1 second`, progressDetail: {}, id });
        await sleep(RETRY_MS, client.signal);
      }
    }
  } catch (error) {
    extract.close();
    throw error instanceof sys.ArchiveError ? notRegistered(error) : error;
  } finally {
    sys.closeQuietly(kept);
  }
  report({ status: 'Verifying Checksum', progressDetail: {}, id });
  tell('verifying', received);
  const result = finish(extract);
  if (`sha256:${result.compressedDigest}` !== digest || `sha256:${result.diffId}` !== diffId) {
    throw systemError(`filesystem layer verification failed for digest ${digest}`);
  }
  report({ status: 'Download complete', progressDetail: {}, id });
  report({ status: 'Extracting', progressDetail: { current: total, total }, id });
  tell('extracting', total);
  return { fileBytes: result.fileBytes, tarBytes: result.uncompressedBytes };
}

function finish(extract: sys.TarExtract): sys.LayerResult {
  try {
    return extract.finish();
  } catch (error) {
    throw error instanceof sys.ArchiveError ? notRegistered(error) : error;
  }
}

const notRegistered = (error: sys.ArchiveError): Error =>
  systemError(`failed to register layer: ${archiveFailure(error).message}`);

/** Bytes in one go; other requests wait for it. */
const STEP_BYTES = 128 * 1024;

/**
 * Takes a blob's bytes from an offset on into the layer and the kept file; yields how many after each step. From the socket on
 * they stay below JavaScript if the body's length is known. A registry that knows no ranges sends all again: what is here is passed over.
 */
async function* takeBlob(
  client: RegistryClient,
  digest: string,
  offset: number,
  extract: sys.TarExtract,
  kept: number,
): AsyncGenerator<number> {
  const response = await client.blob(digest, offset);
  const { body } = response;
  let pass = response.status === 206 ? 0 : offset;
  try {
    while (!body.ended) {
      const direct = pass === 0 ? body.direct : undefined;
      if (direct) {
        // Also where bytes are waiting: other requests and layers get their turn.
        await readable(direct.fd, client.signal);
        const bytes = extract.pushFromFd(direct.fd, Math.min(STEP_BYTES, direct.leftBytes), kept);
        if (bytes === 0) return;
        if (bytes === undefined) continue;
        body.taken(bytes);
        yield bytes;
      } else {
        const bytes = await body.read();
        if (bytes === null) return;
        const rest = pass === 0 ? bytes : bytes.subarray(pass);
        pass = Math.max(0, pass - bytes.length);
        extract.push(rest);
        sys.writeAll(kept, rest);
        yield rest.length;
      }
    }
  } finally {
    response.close();
  }
}

function shortId({ digest }: Descriptor): string {
  return digest.slice(7, 19);
}

/** A name that the registry does not know is said in Docker's words. */
function explain(error: unknown, ref: Reference): unknown {
  const words = error instanceof Error ? error.message : '';
  if (words.startsWith('manifest for '))
    return notFound(`manifest for ${familiar(ref)} not found: manifest unknown: manifest unknown`);
  const isUnknown = words.startsWith('repository ');
  // docker.io does not tell those who may not see a repository from those that are not there.
  if (words.startsWith('pull access denied for ') || (isUnknown && ref.domain === 'docker.io'))
    return notFound(
      `pull access denied for ${familiarName(ref)}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    );
  if (isUnknown)
    return notFound(`repository ${familiarName(ref)} not found: name unknown: repository name not known to registry`);
  return error;
}
