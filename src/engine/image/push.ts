// `docker push`: every layer that the registry lacks, side by side, then the config, then the manifest under its tag. A layer
// that it has is not sent; one that another repository there has is mounted from it. The manifest is Docker's schema 2.
import type { Daemon } from '../dockerd/daemon.ts';
import { notFound } from '../dockerd/errors.ts';
import { FdReader, readerOf, sleep, type AbortSignal, type ByteReader } from '../loop/index.ts';
import { spanInstant } from '../span.ts';
import * as sys from '../sys/index.ts';
import type { Image } from './images.ts';
import type { Layer, LayerBlob } from './layers.ts';
import { compressedLayer } from './layer-tar.ts';
import { throttled, type Report } from './progress.ts';
import { familiar, familiarName, type Reference } from './reference.ts';
import type { Credentials } from './registry/auth.ts';
import { RegistryClient } from './registry/client.ts';
import { endpointsOf } from './registry/endpoints.ts';
import { hasBlob, putManifest, sendBlob, startUpload } from './registry/upload.ts';
import { MEDIA, type Descriptor, type Manifest } from './types.ts';

const PARALLEL = 5;
const TRIES = 5;
const RETRY_MS = 1000;

export interface PushOptions {
  /** With a tag, or without one for all tags of the repository. */
  readonly ref: Reference;
  readonly credentials: Credentials | undefined;
  readonly signal?: AbortSignal;
  readonly span?: string | undefined;
}

export async function pushImage(daemon: Daemon, options: PushOptions, report: Report): Promise<void> {
  const { ref } = options;
  report({ status: `The push refers to repository [${ref.domain}/${ref.path}]` });
  const tags = tagsToPush(daemon, ref);
  const [endpoint] = endpointsOf(ref.domain, daemon.config);
  if (!endpoint) throw notFound(`no endpoint for ${ref.domain}`);
  const client = new RegistryClient(endpoint, ref.path, options.credentials, 'pull,push', options.signal);
  try {
    for (const [tag, image] of tags) await pushTag({ daemon, client, options, report }, tag, image);
  } finally {
    client.close();
  }
}

function tagsToPush(daemon: Daemon, ref: Reference): [tag: string, image: Image][] {
  if (ref.tag !== undefined) {
    const image = daemon.images.byName(familiar(ref));
    if (!image) {
      if (daemon.images.tagsOf(familiarName(ref)).length > 0) throw notFound(`tag does not exist: ${familiar(ref)}`);
      throw notFound(`An image does not exist locally with the tag: ${familiarName(ref)}`);
    }
    return [[ref.tag, image]];
  }
  const all = daemon.images.tagsOf(familiarName(ref));
  if (all.length === 0) throw notFound(`An image does not exist locally with the tag: ${familiarName(ref)}`);
  return all;
}

interface Push {
  readonly daemon: Daemon;
  readonly client: RegistryClient;
  readonly options: PushOptions;
  readonly report: Report;
}

async function pushTag(push: Push, tag: string, image: Image): Promise<void> {
  const { daemon, client, options, report } = push;
  const layers = image.chainIds.map((id) => daemon.layers.get(id)).filter((layer) => layer !== undefined);
  const config = sys.utf8Encode(daemon.images.configText(image.id));
  const descriptors = await pushLayers(push, layers);
  const configDescriptor = { mediaType: MEDIA.dockerConfig, size: config.byteLength, digest: image.id };
  if (!(await hasBlob(client, image.id)))
    await sendBlob(client, (await startUpload(client)).location, image.id, config.byteLength, readerOf(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.dockerManifest,
    config: configDescriptor,
    layers: descriptors,
  };
  const text = JSON.stringify(manifest, null, 3);
  await putManifest(client, tag, MEDIA.dockerManifest, text);
  const digest = sys.sha256Digest(text);
  const size = sys.utf8Encode(text).byteLength;
  const { domain, path } = options.ref;
  daemon.images.tag({ domain, path, digest }, image.id);
  const name = familiar({ domain, path, tag });
  daemon.events.emit('image', 'push', name, { name: familiarName(options.ref) });
  report({ status: `${tag}: digest: ${digest} size: ${size}` });
  report({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: size } });
}

/** Brings every layer there; the answer has their descriptors, bottom first. Docker tells of them top first. */
async function pushLayers(push: Push, layers: readonly Layer[]): Promise<Descriptor[]> {
  const { report } = push;
  const order = layers.map((_, n) => n).reverse();
  for (const n of order) report({ status: 'Preparing', progressDetail: {}, id: shortId(layers[n]) });
  for (const n of order.slice(PARALLEL)) report({ status: 'Waiting', progressDetail: {}, id: shortId(layers[n]) });
  const done: Descriptor[] = [];
  /** The same layer may stand twice in an image: it goes once. */
  const going = new Map<string, Promise<Descriptor>>();
  const queue = [...order];
  const worker = async (): Promise<void> => {
    for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
      const layer = layers[n];
      if (!layer) continue;
      const running = going.get(layer.diffId) ?? pushLayer(push, layer);
      going.set(layer.diffId, running);
      done[n] = await running;
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, layers.length) }, worker));
  return done;
}

async function pushLayer(push: Push, layer: Layer): Promise<Descriptor> {
  const { client, options } = push;
  const here = `${options.ref.domain}/${options.ref.path}`;
  const known = [...(layer.pushed ?? []), ...(layer.blob ? [layer.blob] : [])].filter(isPushable);
  for (const blob of distinct(known))
    if (await hasBlob(client, blob.digest)) return tellDone(push, layer, blob, 'Layer already exists', 'exists');
  const elsewhere = known.find(
    ({ repository }) => repository.startsWith(`${options.ref.domain}/`) && repository !== here,
  );
  const mount = elsewhere && {
    digest: elsewhere.digest,
    from: elsewhere.repository.slice(options.ref.domain.length + 1),
  };
  const started = await startUpload(client, mount);
  if (started.mounted && elsewhere && mount)
    return tellDone(push, layer, elsewhere, `Mounted from ${mount.from}`, 'mounted');
  return upload(push, layer, started.location);
}

/** A layer that came in an archive as a plain tar is compressed before it goes. */
const isPushable = (blob: LayerBlob): boolean => blob.mediaType.endsWith('gzip');

const distinct = (blobs: readonly LayerBlob[]): LayerBlob[] =>
  blobs.filter((blob, n) => blobs.findIndex(({ digest }) => digest === blob.digest) === n);

/** A broken connection is tried again from the start, with a new upload. */
async function upload(push: Push, layer: Layer, first: string): Promise<Descriptor> {
  const { client, report } = push;
  const id = shortId(layer);
  report({ status: 'Pushing', progressDetail: {}, id });
  tell(push, layer, 'pushing', 0, 0);
  const packed = await compressedLayer(push.daemon.layers, layer);
  try {
    if (await hasBlob(client, packed.digest)) return tellDone(push, layer, packed, 'Layer already exists', 'exists');
    let location = first;
    for (let attempt = 1; ; attempt += 1) {
      const fd = sys.open(packed.path, sys.O_RDONLY);
      try {
        await sendBlob(client, location, packed.digest, packed.sizeBytes, counting(push, layer, fd, packed.sizeBytes));
        return tellDone(push, layer, packed, 'Pushed', 'pushed');
      } catch (error) {
        client.signal?.throwIfAborted();
        if (attempt >= TRIES || (error instanceof Error && error.name === 'ApiError')) throw error;
        report({ status: 'Retrying in 1 second', progressDetail: {}, id });
        await sleep(RETRY_MS, client.signal);
        location = (await startUpload(client)).location;
      } finally {
        sys.closeQuietly(fd);
      }
    }
  } finally {
    packed.discard();
  }
}

/** The file's bytes; each piece that the socket has taken is told. */
function counting(push: Push, layer: Layer, fd: number, total: number): ByteReader {
  const reader = new FdReader(fd, undefined, 64 * 1024);
  const progress = throttled((current) => {
    push.report({ status: 'Pushing', progressDetail: { current, total }, id: shortId(layer) });
    tell(push, layer, 'pushing', current, total);
  });
  let sent = 0;
  return {
    async read() {
      progress(sent);
      const bytes = await reader.read();
      sent += bytes?.byteLength ?? 0;
      return bytes;
    },
  };
}

function tellDone(
  push: Push,
  layer: Layer,
  blob: { readonly digest: string; readonly mediaType: string; readonly sizeBytes: number },
  words: string,
  state: string,
): Descriptor {
  const { ref } = push.options;
  const { digest, sizeBytes } = blob;
  push.report({ status: words, progressDetail: {}, id: shortId(layer) });
  tell(push, layer, state, sizeBytes, sizeBytes);
  // What a registry took as a Docker layer and as an OCI layer are the same bytes; a schema 2 manifest names the former.
  const mediaType = MEDIA.dockerLayer;
  push.daemon.layers.addPushed(layer, { digest, mediaType, sizeBytes, repository: `${ref.domain}/${ref.path}` });
  return { mediaType, size: sizeBytes, digest };
}

function tell(push: Push, layer: Layer, state: string, current: number, total: number): void {
  const { options } = push;
  const fields = { image: familiar(options.ref), digest: layer.diffId, state, current, total };
  spanInstant('dockerd', 'push.layer', fields, options.span);
}

function shortId(layer: Layer | undefined): string {
  return layer?.diffId.slice(7, 19) ?? '';
}
