// Owners and modes of whole trees: COPY --chown and --chmod, `docker cp -a`. Blocking: for a child (offload) where trees are big.
import * as sys from '../sys/index.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** chown and chmod of a file or tree, symlinks themselves included; paths in `kept`, and not what is in them, are left alone. */
export function setAttributes(
  path: string,
  owner: Owner | undefined,
  mode?: number,
  kept: ReadonlySet<string> = new Set(),
): void {
  const stat = sys.lstat(path);
  if (!kept.has(path)) {
    if (owner) sys.lchown(path, owner.uid, owner.gid);
    if (mode !== undefined && !sys.isSymlink(stat)) sys.chmod(path, mode);
  }
  if (!sys.isDirectory(stat)) return;
  for (const { name } of sys.readdir(path)) setAttributes(`${path}/${name}`, owner, mode, kept);
}
