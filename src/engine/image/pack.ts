// A tree packed as a tar and unpacked elsewhere at once: no symlink at the place where it goes, not even one that somebody puts
// there meanwhile, leads it astray. Small trees are packed into memory here and now; big ones by a child (tar-stream.ts), so
// that the loop stays free. Called by COPY, by commit and for what a new volume begins with.
import { tarStream } from '../dockerd/container/tar-stream.ts';
import * as sys from '../sys/index.ts';

const SMALL_BYTES = 512 * 1024;
const SMALL_INODES = 256;

/** Small enough that packing it takes less than starting a child for it does. */
export function isSmall(path: string): boolean {
  const stat = sys.lstat(path);
  if (!sys.isDirectory(stat)) return stat.size < SMALL_BYTES;
  const { apparentBytes, inodes } = sys.diskUsage(path);
  return apparentBytes < SMALL_BYTES && inodes < SMALL_INODES;
}

/** Packs `path` and unpacks it beneath `into` (or, with dryRun, only hashes the tar between the two); each step of this is made in `within`. */
export async function packInto(
  path: string,
  tar: sys.TarOptions,
  into: string,
  extract: sys.ExtractOptions,
  within = <T>(step: () => T): T => step(),
): Promise<sys.LayerResult> {
  const unpack = new sys.TarExtract(into, extract);
  if (isSmall(path)) {
    const memory = sys.memfdCreate('tar');
    try {
      sys.tarCreate(path, memory, tar);
      sys.lseek(memory, 0);
      while (within(() => unpack.pushFromFd(memory, 1 << 20)));
    } finally {
      sys.closeQuietly(memory);
    }
  } else {
    const sink = {
      write: (bytes: Uint8Array): Promise<void> => Promise.resolve(within(() => unpack.push(bytes))),
      end: (): Promise<void> => Promise.resolve(),
    };
    try {
      await tarStream(sink, path, tar);
    } catch (error) {
      unpack.close();
      throw error;
    }
  }
  return within(() => unpack.finish());
}
