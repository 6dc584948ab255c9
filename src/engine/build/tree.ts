// Whole trees through the native tar code: their hash, and what they become as a layer. Small trees are packed into memory
// here and now; big ones by a child (container/tar-stream.ts), so that the loop stays free.
import { tarStream } from '../dockerd/container/tar-stream.ts';
import type { Daemon } from '../dockerd/daemon.ts';
import type { Layer, NewLayer } from '../image/layers.ts';
import * as sys from '../sys/index.ts';

const SMALL_BYTES = 512 * 1024;
const SMALL_INODES = 256;

/** Small enough that packing it takes less than starting a child for it does. */
function isSmall(path: string): boolean {
  const stat = sys.lstat(path);
  if (!sys.isDirectory(stat)) return stat.size < SMALL_BYTES;
  const { apparentBytes, inodes } = sys.diskUsage(path);
  return apparentBytes < SMALL_BYTES && inodes < SMALL_INODES;
}

/** Packs `path` and unpacks it beneath `into` (or, with dryRun, only hashes the tar between the two). */
export async function packInto(
  path: string,
  tar: sys.TarOptions,
  into: string,
  extract: sys.ExtractOptions,
): Promise<sys.LayerResult> {
  const unpack = new sys.TarExtract(into, extract);
  if (isSmall(path)) {
    const memory = sys.memfdCreate('tar');
    try {
      sys.tarCreate(path, memory, tar);
      sys.lseek(memory, 0);
      while (unpack.pushFromFd(memory, 1 << 20) > 0);
    } finally {
      sys.closeQuietly(memory);
    }
  } else {
    const sink = {
      write: (bytes: Uint8Array): Promise<void> => Promise.resolve(unpack.push(bytes)),
      end: (): Promise<void> => Promise.resolve(),
    };
    try {
      await tarStream(sink, path, tar);
    } catch (error) {
      unpack.close();
      throw error;
    }
  }
  return unpack.finish();
}

/**
 * Hash (hex) of a file's or tree's names, modes, contents and, unless `owner` says whose they all count as, owners. Times
 * do not matter: the build cache knows files by this.
 */
export async function treeHash(path: string, tar: Pick<sys.TarOptions, 'owner' | 'name'>): Promise<string> {
  const result = await packInto(path, { ...tar, mtimeSec: 0 }, '/', { dryRun: true });
  return result.diffId;
}

/** A directory that was begun as a layer and is filled now, on top of `parent`; undefined if there is nothing in it. */
export async function commitMade(
  daemon: Daemon,
  made: NewLayer,
  parent: string | undefined,
): Promise<Layer | undefined> {
  const { diffId, fileBytes, entries, uncompressedBytes } = await packInto(
    made.diffDir,
    { overlayUpper: true },
    made.diffDir,
    { dryRun: true },
  );
  if (entries > 0)
    return daemon.layers.commit(made, parent, `sha256:${diffId}`, fileBytes, { tarBytes: uncompressedBytes });
  daemon.layers.discard(made);
  return undefined;
}

/** The upper directory of a container that is not mounted any more becomes a layer: it is moved, not copied. */
export async function adoptUpper(
  daemon: Daemon,
  upperDir: string,
  parent: string | undefined,
): Promise<Layer | undefined> {
  const made = daemon.layers.begin();
  try {
    sys.rmdir(made.diffDir);
    sys.rename(upperDir, made.diffDir);
    return await commitMade(daemon, made, parent);
  } catch (error) {
    daemon.layers.discard(made);
    throw error;
  }
}

/** The root file system of an image, mounted as long as `work` goes on. */
export async function withRootOf<T>(
  daemon: Daemon,
  top: string | undefined,
  work: (root: string) => Promise<T> | T,
): Promise<T> {
  const mounted = mountRootOf(daemon, top);
  try {
    return await work(mounted.root);
  } finally {
    mounted.release();
  }
}

/** Mounts an image's layers with a writable one on top that is thrown away at the release. */
export function mountRootOf(daemon: Daemon, top: string | undefined): { root: string; release: () => void } {
  const id = `build-${sys.randomHex(12)}`;
  const layer = daemon.layers.createContainerLayer(id, top);
  const release = (): void => {
    daemon.layers.unmount(layer);
    daemon.layers.removeContainerLayer(id);
  };
  try {
    return { root: daemon.layers.mount(layer), release };
  } catch (error) {
    release();
    throw error;
  }
}
