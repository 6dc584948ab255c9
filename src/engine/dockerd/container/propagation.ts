// Where mounts made later spread to, between a container's bind mounts and this machine; and the part of a volume that
// `volume-subpath` means. Called by spec.ts. mount_namespaces(7), "Shared subtrees"
import * as sys from '../../sys/index.ts';
import { invalidParameter, systemError } from '../errors.ts';
import { resolveInRoot } from './resolve.ts';
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

/** Links in a volume are followed as if the volume were the root: none leads out of it. */
export function subpathOf(volume: string, subpath: string): string {
  const found = resolveInRoot(volume, subpath);
  if (found === undefined)
    throw invalidParameter(
      `cannot access path ${volume}/${subpath}: lstat ${volume}/${subpath}: no such file or directory`,
    );
  return found;
}
