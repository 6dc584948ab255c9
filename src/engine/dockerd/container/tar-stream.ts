// A tar of a tree, made by C in a forked child and carried to a client through a pipe: the loop stays free, and a slow
// client slows the child, not dockerd. Called by export, cp, commit and save.
import { childExit, FdReader, pump, type ByteWriter } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import { systemError } from '../errors.ts';

export async function tarStream(out: ByteWriter, path: string, options: sys.TarOptions = {}): Promise<number> {
  const [from, to] = sys.pipe2();
  const child = sys.fork(
    () => {
      sys.tarCreate(path, to, options);
      return 0;
    },
    { keep: [to], title: 'dockerd: tar' },
  );
  sys.closeQuietly(to);
  let bytes: number;
  try {
    bytes = await pump(new FdReader(from, undefined, 64 * 1024), out);
  } catch (error) {
    sys.killQuietly(child.pid, 9);
    await childExit(child);
    throw error;
  } finally {
    sys.closeQuietly(from);
  }
  const status = await childExit(child);
  if (status.kind !== 'exited' || status.code !== 0) throw systemError(`cannot make a tar of ${path}`);
  return bytes;
}
