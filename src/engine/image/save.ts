// `docker save`: one archive in two layouts at once, as Docker 25 and later write it: OCI's (oci-layout, index.json, blobs/) and
// Docker's (manifest.json, repositories) over the same blobs. Layers are plain tars, named by their diff IDs.
import type { Daemon } from '../dockerd/daemon.ts';
import { toMs, parseInstant } from '../dockerd/time.ts';
import type { ByteWriter } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import type { Image } from './images.ts';
import type { Layer } from './layers.ts';
import { layerTarBytes, openLayerTar } from './layer-tar.ts';
import { familiarName, looksLikeId, parseReference, withDefaultTag, type Reference } from './reference.ts';
import { tarHeader, tarPadding, TAR_END } from './tar-entry.ts';
import { MEDIA } from './types.ts';

export interface Saved {
  readonly image: Image;
  /** What `docker load` shall call it; may be none. */
  readonly names: Reference[];
}

/** What was asked for: a name gives its tag, a repository without a tag all of its tags, an ID the bare image. Throws 404. */
export function selectImages(daemon: Daemon, wanted: readonly string[]): Saved[] {
  const chosen = new Map<string, Saved>();
  const add = (image: Image, name?: Reference): void => {
    const entry = chosen.get(image.id) ?? { image, names: [] };
    chosen.set(image.id, entry);
    if (name && !entry.names.some((one) => one.tag === name.tag && familiarName(one) === familiarName(name)))
      entry.names.push(name);
  };
  for (const text of wanted) {
    if (looksLikeId(text) && !daemon.images.byName(text)) {
      add(daemon.images.require(text));
      continue;
    }
    const ref = parseReference(text);
    if (ref.tag === undefined && ref.digest === undefined) {
      const all = daemon.images.tagsOf(familiarName(ref));
      for (const [tag, image] of all) add(image, { ...ref, tag });
      if (all.length > 0) continue;
    }
    add(daemon.images.require(text), ref.digest === undefined ? withDefaultTag(ref) : undefined);
  }
  return [...chosen.values()];
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly mtime: number;
  readonly content: Uint8Array | Layer;
}

/** Writes the archive. Rejects in the middle if a layer's bytes are not to be had: then the archive has no end. */
export async function saveArchive(daemon: Daemon, images: readonly Saved[], out: ByteWriter): Promise<void> {
  const blobs = new Map<string, Blob>();
  const index: object[] = [];
  const manifests: object[] = [];
  const repositories: Record<string, Record<string, string>> = {};
  for (const { image, names } of images) {
    const manifest = await collect(daemon, image, blobs);
    for (const name of names.length > 0 ? names : [undefined]) index.push(indexEntry(manifest, name));
    manifests.push(dockerEntry(image, names, blobs));
    for (const name of names)
      (repositories[familiarName(name)] ??= {})[name.tag ?? ''] = (image.chainIds.at(-1) ?? image.id).slice(7);
  }
  const file = async (name: string, value: unknown): Promise<void> => {
    const bytes = sys.utf8Encode(JSON.stringify(value));
    await out.write(tarHeader(name, bytes.byteLength, 0));
    await out.write(sys.concat([bytes, tarPadding(bytes.byteLength)]));
  };
  await out.write(sys.concat([tarHeader('blobs/', 0, 0), tarHeader('blobs/sha256/', 0, 0)]));
  for (const blob of [...blobs.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)))
    await writeBlob(daemon, blob, out);
  await file('index.json', { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: index });
  await file('manifest.json', manifests);
  await file('oci-layout', { imageLayoutVersion: '1.0.0' });
  if (Object.keys(repositories).length > 0) await file('repositories', repositories);
  await out.write(TAR_END);
}

interface ManifestDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Puts an image's config, layers and manifest among the blobs; answers the manifest's descriptor. */
async function collect(daemon: Daemon, image: Image, blobs: Map<string, Blob>): Promise<ManifestDescriptor> {
  const created = parseInstant(image.config.created ?? '');
  const mtime = Math.max(0, Math.floor(created ? toMs(created) / 1000 : 0));
  const layers: object[] = [];
  for (const chainId of image.chainIds) {
    const layer = daemon.layers.get(chainId);
    if (!layer) throw new Error(`layer ${chainId} is missing`);
    const size = await layerTarBytes(daemon.layers, layer);
    blobs.set(layer.diffId, { digest: layer.diffId, size, mtime, content: layer });
    layers.push({ mediaType: MEDIA.ociLayer, digest: layer.diffId, size });
  }
  const small = (content: Uint8Array, digest: string): ManifestDescriptor => {
    blobs.set(digest, { digest, size: content.byteLength, mtime, content });
    return { mediaType: MEDIA.ociManifest, digest, size: content.byteLength };
  };
  const config = small(sys.utf8Encode(daemon.images.configText(image.id)), image.id);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: { ...config, mediaType: MEDIA.ociConfig },
    layers,
  };
  const text = JSON.stringify(manifest);
  return small(sys.utf8Encode(text), sys.sha256Digest(text));
}

function indexEntry(manifest: ManifestDescriptor, name: Reference | undefined): object {
  if (!name) return manifest;
  const annotations = {
    'io.containerd.image.name': `${name.domain}/${name.path}:${name.tag ?? ''}`,
    'org.opencontainers.image.ref.name': name.tag ?? '',
  };
  return { ...manifest, annotations };
}

function dockerEntry(image: Image, names: readonly Reference[], blobs: ReadonlyMap<string, Blob>): object {
  const diffIds = image.config.rootfs.diff_ids;
  const sources = diffIds.map((digest) => [
    digest,
    { mediaType: MEDIA.ociLayer, size: blobs.get(digest)?.size ?? 0, digest },
  ]);
  return {
    Config: pathOf(image.id),
    RepoTags: names.length > 0 ? names.map((name) => `${familiarName(name)}:${name.tag ?? ''}`) : null,
    Layers: diffIds.map(pathOf),
    LayerSources: Object.fromEntries(sources) as object,
  };
}

const pathOf = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

async function writeBlob(daemon: Daemon, blob: Blob, out: ByteWriter): Promise<void> {
  await out.write(tarHeader(pathOf(blob.digest), blob.size, blob.mtime));
  if (blob.content instanceof Uint8Array) await out.write(blob.content);
  else {
    const tar = openLayerTar(daemon.layers, blob.content);
    try {
      for (let bytes = await tar.read(); bytes !== null; bytes = await tar.read()) await out.write(bytes);
    } finally {
      await tar.close();
    }
  }
  await out.write(tarPadding(blob.size));
}
