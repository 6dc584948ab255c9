// POST /images/create?fromSrc=-|URL&repo=&tag=&message=&changes=: a tar becomes an image of one layer.
import { announceImage } from '../../../image/announce.ts';
import type { Layer } from '../../../image/layers.ts';
import { progressReply, type Report } from '../../../image/progress.ts';
import { parseReference, withDefaultTag } from '../../../image/reference.ts';
import { extractStream } from '../../../image/extract.ts';
import { applyChanges } from '../../../build/changes.ts';
import { defaultConfig } from '../../container/defaults.ts';
import { now } from '../../container/create.ts';
import type { Daemon } from '../../daemon.ts';
import { ARCHITECTURE, OS } from '../../platform.ts';
import { type ApiRequest, type Reply } from '../../request.ts';
import { LAYER_MEDIA } from '../../../image/types.ts';
import { download, isUrl } from '../../../build/download.ts';
import { FdReader, type ByteReader } from '../../../loop/index.ts';
import * as sys from '../../../sys/index.ts';

export function importImage(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const { query } = request;
  const source = query.get('fromSrc');
  const [os, architecture] = query.get('platform').split('/');
  const repo = query.get('repo');
  const tag = query.get('tag');
  const ref = repo === '' ? undefined : withDefaultTag(parseReference(tag === '' ? repo : `${repo}:${tag}`));
  const config = applyChanges(defaultConfig(), query.all('changes'));
  return progressReply(async (report) => {
    const { diffId } =
      source === '-' ? await importLayer(daemon, request.body) : await importUrl(daemon, source, request, report);
    const created = now();
    const comment = query.get('message') || `Imported from ${source}`;
    const image = daemon.images.add(
      JSON.stringify({
        architecture: architecture || ARCHITECTURE,
        os: os || OS,
        created,
        comment,
        config,
        rootfs: { type: 'layers', diff_ids: [diffId] },
        history: [{ created, comment }],
      }),
    );
    if (ref) daemon.images.tag(ref, image.id);
    announceImage(daemon, image, request.span);
    daemon.events.emit('image', 'import', image.id, { name: image.id });
    report({ status: image.id });
  });
}

/** The archive lies somewhere else: dockerd fetches it. */
async function importUrl(daemon: Daemon, source: string, request: ApiRequest, report: Report): Promise<Layer> {
  const url = isUrl(source) ? source : `http://${source}`;
  const path = `${daemon.layers.newBlobPath()}-url`;
  report({ status: `Downloading from ${url}` });
  try {
    await download(url, path, request.signal);
    const archive = new FdReader(sys.open(path, sys.O_RDONLY), undefined, 64 * 1024);
    try {
      return await importLayer(daemon, archive);
    } finally {
      sys.closeQuietly(archive.fd);
    }
  } finally {
    sys.removeQuietly(path);
  }
}

/** Unpacks the archive as a layer without parent, and keeps its bytes. Leaves nothing if it is broken. */
async function importLayer(daemon: Daemon, archive: ByteReader): Promise<Layer> {
  const { layers } = daemon;
  const made = layers.begin();
  const path = layers.newBlobPath();
  const kept = sys.open(path, sys.O_WRONLY | sys.O_CREAT | sys.O_EXCL, 0o600);
  try {
    const { diffId, compressedDigest, compressedBytes, compression, uncompressedBytes, fileBytes } =
      await extractStream(archive, made.diffDir, { whiteouts: 'plain', onBytes: (bytes) => sys.writeAll(kept, bytes) });
    const mediaType = LAYER_MEDIA[compression];
    const digest = `sha256:${compressedDigest}`;
    layers.keepBlob(path, digest);
    return layers.commit(made, undefined, `sha256:${diffId}`, fileBytes, {
      tarBytes: uncompressedBytes,
      blob: { digest, mediaType, sizeBytes: compressedBytes, repository: '' },
    });
  } catch (error) {
    layers.discard(made);
    sys.removeQuietly(path);
    throw error;
  } finally {
    sys.closeQuietly(kept);
  }
}
