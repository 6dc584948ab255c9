// A layer's tar again, byte for byte: its sha256 is the diff ID, or nothing is given out. A layer that came from outside is
// inflated from the blob that was kept; one that was made here (commit, build) is packed from its directory once more, which
// gives the same bytes because tar entries are sorted and hold nothing that unpacking would lose. Called by save and push.
import { systemError } from '../dockerd/errors.ts';
import { offload, produce, type ByteReader } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import type { Layer, LayerStore } from './layers.ts';
import { MEDIA } from './types.ts';

const PIECE_BYTES = 64 * 1024;
/** What takes the guest's CPU is deflate: its quickest level. */
const GZIP_LEVEL = 1;

/** Blocking: for a child. */
function writeTar(store: LayerStore, layer: Layer, fdOut: number): void {
  const kept = layer.blob && store.blobPath(layer.blob.digest);
  if (kept === undefined || !sys.exists(kept)) {
    sys.tarCreate(store.diffDir(layer), fdOut, { overlayUpper: true });
    return;
  }
  const fd = sys.open(kept, sys.O_RDONLY);
  sys.inflateFile(fd, fdOut);
  sys.closeQuietly(fd);
}

/** The layer's tar. The last read() rejects if it is not what the diff ID names. */
export function openLayerTar(store: LayerStore, layer: Layer): ByteReader & { close(): Promise<void> } {
  const tar = produce((fdOut) => writeTar(store, layer, fdOut), 'dockerd: tar');
  const hash = new sys.Sha256();
  return {
    async read() {
      const bytes = await tar.read();
      if (bytes) hash.update(bytes);
      else if (`sha256:${hash.hex()}` !== layer.diffId) throw changed(layer);
      return bytes;
    },
    close: () => tar.close(),
  };
}

/** Length of the tar; counted once for layers that were stored before it was written down. */
export async function layerTarBytes(store: LayerStore, layer: Layer): Promise<number> {
  if (layer.tarBytes !== undefined) return layer.tarBytes;
  const tar = openLayerTar(store, layer);
  let total = 0;
  try {
    for (let bytes = await tar.read(); bytes !== null; bytes = await tar.read()) total += bytes.byteLength;
  } finally {
    await tar.close();
  }
  return total;
}

export interface CompressedLayer {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** Takes the file away, unless it is the kept blob itself. */
  discard(): void;
}

/** The layer as a gzip file for a registry: the kept blob if it is one, else packed now (the same bytes each time). */
export async function compressedLayer(store: LayerStore, layer: Layer): Promise<CompressedLayer> {
  const { blob } = layer;
  if (blob && isGzip(blob.mediaType) && sys.exists(store.blobPath(blob.digest)))
    return { ...blob, path: store.blobPath(blob.digest), discard: () => undefined };
  const path = store.newBlobPath();
  const discard = (): void => void sys.removeQuietly(path);
  try {
    const made = await offload(() => packGzip(store, layer, path), { title: 'dockerd: gzip' });
    if (made.diffId !== layer.diffId) throw changed(layer);
    return { path, digest: made.digest, sizeBytes: made.sizeBytes, mediaType: MEDIA.dockerLayer, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

const isGzip = (mediaType: string): boolean => mediaType.endsWith('gzip');

const changed = (layer: Layer): Error =>
  systemError(`layer ${layer.diffId} cannot be packed again: its directory has changed`);

/** Blocking: one child packs, another deflates into the file; what goes from the one to the other is hashed here. */
function packGzip(
  store: LayerStore,
  layer: Layer,
  path: string,
): { diffId: string; digest: string; sizeBytes: number } {
  const [tar, tarIn] = sys.pipe2();
  const packer = sys.fork(() => writeTar(store, layer, tarIn), { keep: [tarIn] });
  sys.closeQuietly(tarIn);
  const [plain, plainIn] = sys.pipe2();
  const file = sys.open(path, sys.O_WRONLY | sys.O_CREAT | sys.O_TRUNC, 0o600);
  const deflater = sys.fork(() => void sys.gzip(plain, file, GZIP_LEVEL), { keep: [plain, file] });
  sys.closeQuietly(plain);
  const hash = new sys.Sha256();
  for (let bytes = sys.readSome(tar, PIECE_BYTES); bytes; bytes = sys.readSome(tar, PIECE_BYTES)) {
    hash.update(bytes);
    sys.writeAll(plainIn, bytes);
  }
  sys.closeQuietly(plainIn);
  for (const child of [packer, deflater]) {
    const status = sys.waitpid(child.pid);
    if (status.kind !== 'exited' || status.code !== 0) throw new Error('packing the layer failed');
  }
  return { diffId: `sha256:${hash.hex()}`, digest: `sha256:${sys.sha256File(path)}`, sizeBytes: sys.stat(path).size };
}
