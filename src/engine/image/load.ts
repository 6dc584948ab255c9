// `docker load`: an archive in Docker's layout (manifest.json) or OCI's (index.json) is unpacked to a temporary directory
// on the store's own disk; then each layer goes its way through hash, inflate and untar in C.
import type { Daemon } from '../dockerd/daemon.ts';
import { resolveInRoot, readFileInRoot } from '../dockerd/container/resolve.ts';
import { invalidParameter, systemError } from '../dockerd/errors.ts';
import { ARCHITECTURE, OS } from '../dockerd/platform.ts';
import { offload, type ByteReader } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { announceImage } from './announce.ts';
import type { Image } from './images.ts';
import { archiveFailure, extractStream } from './extract.ts';
import { chainIdOf } from './layers.ts';
import type { Report } from './progress.ts';
import { familiar, parseReference, withDefaultTag } from './reference.ts';
import { LAYER_MEDIA, type ImageConfig, type Index, type Manifest } from './types.ts';

/** One image of an archive: files relative to the archive's root. */
export interface ArchivedImage {
  readonly configPath: string;
  readonly layerPaths: readonly string[];
  readonly names: readonly string[];
}

/** Loads every image of the archive. Rejects with Docker's words for what is no such archive. */
export async function loadArchive(daemon: Daemon, body: ByteReader, report: Report, span?: string): Promise<void> {
  const dir = `${daemon.config.dataRoot}/tmp/load-${sys.randomHex(8)}`;
  sys.mkdirAll(dir, 0o700);
  try {
    await extractStream(body, dir, { whiteouts: 'plain', chown: false });
    const images = archivedImages(dir);
    if (images.length === 0)
      throw invalidParameter('no image found in the archive: neither manifest.json nor index.json');
    for (const archived of images) await loadImage(daemon, dir, archived, report, span);
  } finally {
    sys.removeTree(dir);
  }
}

/** Reads the archive's table of contents, in whichever layout. */
export function archivedImages(dir: string): ArchivedImage[] {
  const docker = textIn(dir, 'manifest.json');
  if (docker !== undefined) {
    const entries = parseJson(docker) as { Config: string; RepoTags: string[] | null; Layers: string[] | null }[];
    return entries.map((entry) => ({
      configPath: inside(entry.Config),
      layerPaths: (entry.Layers ?? []).map(inside),
      names: entry.RepoTags ?? [],
    }));
  }
  const index = textIn(dir, 'index.json');
  return index === undefined ? [] : fromIndex(dir, parseJson(index) as Index);
}

function fromIndex(dir: string, index: Index, inherited: readonly string[] = []): ArchivedImage[] {
  return index.manifests.flatMap((descriptor): ArchivedImage[] => {
    const { platform, annotations } = descriptor;
    if (platform && (platform.os !== OS || platform.architecture !== ARCHITECTURE)) return [];
    const name = nameIn(annotations);
    const names = name === undefined ? inherited : [name];
    const value = parseJson(neededText(dir, blobPath(descriptor.digest))) as Manifest | Index;
    if ('manifests' in value) return fromIndex(dir, value, names);
    return [
      {
        configPath: blobPath(value.config.digest),
        layerPaths: value.layers.map((layer) => blobPath(layer.digest)),
        names,
      },
    ];
  });
}

/** containerd's full name, else what other tools write there if it is more than a tag. */
function nameIn(annotations: Readonly<Record<string, string>> | undefined): string | undefined {
  const short = annotations?.['org.opencontainers.image.ref.name'];
  return annotations?.['io.containerd.image.name'] ?? (short && /[:/]/.test(short) ? short : undefined);
}

function blobPath(digest: string): string {
  return inside(`blobs/${digest.replace(':', '/')}`);
}

/** Room for the description of an image with thousands of layers; a bomb is cut here. */
const TEXT_MAX_BYTES = 4 * 1024 * 1024;

/** A file of the archive. A symlink is followed within it; what is no file (a device, a FIFO) counts as not there. */
function textIn(dir: string, path: string): string | undefined {
  const text = readFileInRoot(dir, path, TEXT_MAX_BYTES);
  if (text !== undefined && text.length >= TEXT_MAX_BYTES)
    throw invalidParameter(`${path} of the archive is too large`);
  return text;
}

function neededText(dir: string, path: string): string {
  const text = textIn(dir, path);
  if (text === undefined) throw systemError(`open ${dir}/${path}: no such file or directory`);
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw systemError("invalid character in the archive's JSON: it is not what docker save writes");
  }
}

/** A path of the archive must not lead out of it. */
function inside(path: string): string {
  if (path.startsWith('/') || path.split('/').includes('..'))
    throw invalidParameter(`invalid path in archive: ${path}`);
  return path;
}

async function loadImage(
  daemon: Daemon,
  dir: string,
  archived: ArchivedImage,
  report: Report,
  span: string | undefined,
): Promise<Image> {
  const configText = neededText(dir, archived.configPath);
  const config = parseJson(configText) as Partial<ImageConfig> | null;
  const diffIds = config?.rootfs?.diff_ids;
  if (!Array.isArray(diffIds)) throw systemError('invalid image JSON, no RootFS key');
  if (diffIds.length !== archived.layerPaths.length)
    throw systemError('layers of the archive do not match the image configuration');
  let parent: string | undefined;
  for (const [n, diffId] of diffIds.entries()) {
    const chainId = chainIdOf(parent, diffId);
    if (!daemon.layers.get(chainId))
      await loadLayer(daemon, layerFile(dir, archived.layerPaths[n] ?? ''), parent, diffId, report);
    parent = chainId;
  }
  const image = daemon.images.add(configText);
  for (const name of archived.names) {
    const ref = withDefaultTag(parseReference(name));
    const before = daemon.images.tag(ref, image.id);
    if (before !== undefined && before !== image.id)
      report({
        stream: `The image ${familiar(ref)} already exists, renaming the old one with ID ${before} to empty string\n`,
      });
    report({ stream: `Loaded image: ${familiar(ref)}\n` });
  }
  if (archived.names.length === 0) report({ stream: `Loaded image ID: ${image.id}\n` });
  announceImage(daemon, image, span);
  daemon.events.emit('image', 'load', image.id, { name: image.id });
  return image;
}

function layerFile(dir: string, path: string): string {
  const real = resolveInRoot(dir, path);
  if (real === undefined) throw systemError(`open ${dir}/${path}: no such file or directory`);
  if (!sys.isRegular(sys.lstat(real))) throw invalidParameter(`invalid path in archive: ${path}`);
  return real;
}

async function loadLayer(
  daemon: Daemon,
  path: string,
  parent: string | undefined,
  diffId: string,
  report: Report,
): Promise<void> {
  const made = daemon.layers.begin();
  try {
    const result = await offload(() => sys.extractFile(path, made.diffDir, { whiteouts: 'overlay', verified: true }), {
      title: 'dockerd: untar',
    });
    if (`sha256:${result.diffId}` !== diffId)
      throw systemError(
        `invalid diffID for layer: expected ${JSON.stringify(diffId)}, got ${JSON.stringify(`sha256:${result.diffId}`)}`,
      );
    const digest = `sha256:${result.compressedDigest}`;
    const mediaType = LAYER_MEDIA[result.compression];
    const blob = { digest, mediaType, sizeBytes: result.compressedBytes, repository: '' };
    keep(daemon, path, digest);
    daemon.layers.commit(made, parent, diffId, result.fileBytes, { tarBytes: result.uncompressedBytes, blob });
    report({
      status: 'Loading layer',
      progressDetail: { current: result.uncompressedBytes, total: result.uncompressedBytes },
      id: diffId.slice(7, 19),
    });
  } catch (error) {
    daemon.layers.discard(made);
    throw isArchiveError(error) ? archiveFailure(error) : error;
  }
}

/** From a child only name and message of an error arrive. */
const isArchiveError = (error: unknown): error is sys.ArchiveError =>
  error instanceof Error && error.name === 'ArchiveError';

/** The archive's file is the layer's blob from now on. A link: another image of the archive may have the same layer. */
function keep(daemon: Daemon, path: string, digest: string): void {
  const kept = daemon.layers.newBlobPath();
  sys.link(path, kept);
  daemon.layers.keepBlob(kept, digest);
}
