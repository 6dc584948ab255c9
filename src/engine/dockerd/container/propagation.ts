// Where mounts made later spread to, between a container's bind mounts and this machine; and the part of a volume that
// `volume-subpath` means. Called by spec.ts. mount_namespaces(7), "Shared subtrees"
import * as sys from '../../sys/index.ts';
import { invalidParameter, notFound, systemError } from '../errors.ts';
import type { Linux } from '../../runc/spec.ts';
import type { MountPoint } from './types.ts';

/** A bind mount that shares or follows needs a root that does not cut all ties first. */
export function rootPropagation(points: readonly MountPoint[]): Pick<Linux, 'rootfsPropagation'> {
  const kinds = new Set(points.map((point) => point.Propagation.replace(/^r/, '')));
  if (kinds.has('shared')) return { rootfsPropagation: 'shared' };
  return kinds.has('slave') ? { rootfsPropagation: 'rslave' } : {};
}

/** Refuses to share what is not shared here. */
export function checkPropagation(source: string, propagation: string): void {
  if (!/shared|slave/.test(propagation)) return;
  const { mountPoint, optional } = mountOf(source);
  if (/shared/.test(propagation) && !/\bshared:/.test(optional))
    throw systemError(`path ${source} is mounted on ${mountPoint} but it is not a shared mount`);
  if (/slave/.test(propagation) && !/\b(shared|master):/.test(optional))
    throw systemError(`path ${source} is mounted on ${mountPoint} but it is not a shared or slave mount`);
}

/** The mount that a path lies on. mountinfo(5): the fifth field is the mount point; optional fields stand before ` - `. */
function mountOf(path: string): { mountPoint: string; optional: string } {
  let found = { mountPoint: '/', optional: '' };
  for (const line of sys.readText('/proc/self/mountinfo').split('\n')) {
    const [before = ''] = line.split(' - ');
    const fields = before.split(' ');
    const mountPoint = fields[4];
    if (mountPoint === undefined || mountPoint.length < found.mountPoint.length) continue;
    if (path === mountPoint || path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`))
      found = { mountPoint, optional: fields.slice(6).join(' ') };
  }
  return found;
}

/**
 * Refuses a part of a volume that is not there or lies outside of it. What is mounted is looked for once more, by runc: until
 * then another container may have changed the volume.
 */
export function checkSubpath(volume: string, subpath: string): void {
  let root = -1;
  try {
    root = sys.open(volume, sys.O_PATH | sys.O_DIRECTORY);
    sys.closeQuietly(sys.openat2(root, subpath, sys.O_PATH, 0, sys.RESOLVE_BENEATH));
  } catch (error) {
    if (sys.isErrno(error, 'EXDEV'))
      throw invalidParameter(`path concatenation escapes the base directory, base: ${volume}, subpath: ${subpath}`);
    if (!(error instanceof sys.SyscallError)) throw error;
    throw notFound(`cannot access path ${volume}/${subpath}: lstat ${volume}/${subpath}: ${error.text}`);
  } finally {
    sys.closeQuietly(root);
  }
}
