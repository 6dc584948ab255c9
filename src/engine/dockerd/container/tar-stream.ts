// A tar of a tree, made by C in a forked child and carried to a client through a pipe: the loop stays free, and a slow
// client slows the child, not dockerd. Called by export, cp and commit.
import { produce, pump, type ByteWriter } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';

/** Bytes written. Rejects if the tar could not be made whole. `keep`: descriptors that `path` goes through. */
export async function tarStream(
  out: ByteWriter,
  path: string,
  options: sys.TarOptions = {},
  keep: readonly number[] = [],
): Promise<number> {
  const tar = produce((fdOut) => void sys.tarCreate(path, fdOut, options), 'dockerd: tar', keep);
  try {
    return await pump(tar, out);
  } finally {
    await tar.close();
  }
}
