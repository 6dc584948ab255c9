// Whole trees through the native tar code: their hash, and what they become as a layer.
import type { Daemon } from '../dockerd/daemon.ts';
import type { Layer, NewLayer } from '../image/layers.ts';
import { packInto } from '../image/pack.ts';
import * as sys from '../sys/index.ts';

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
