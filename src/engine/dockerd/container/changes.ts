// Compares an overlay upper directory with the layers beneath it: a 0:0 character device is a removed name, everything
// else is new or changed, whichever the lower directories say. Documentation/filesystems/overlayfs.rst
import { INIT_PATHS } from '../../image/init-layer.ts';
import * as sys from '../../sys/index.ts';

export const KIND = { modified: 0, added: 1, deleted: 2 } as const;

export interface Change {
  readonly Path: string;
  readonly Kind: 0 | 1 | 2;
}

const [DT_DIR, DT_CHR] = [4, 2];

export function changesOf(upperDir: string, lowerDirs: readonly string[]): Change[] {
  const changes: Change[] = [];
  const walk = (path: string): boolean => {
    let any = false;
    for (const entry of sys.readdir(`${upperDir}${path}`).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = `${path}/${entry.name}`;
      const existed = lowerDirs.some((dir) => sys.exists(`${dir}${child}`));
      if (entry.type === DT_CHR && isWhiteout(`${upperDir}${child}`)) {
        if (existed) any = changes.push({ Path: child, Kind: KIND.deleted }) > 0;
        continue;
      }
      // Mount points that dockerd itself made are nobody's change.
      const ours = INIT_PATHS.has(child.slice(1));
      const at = changes.length;
      const inside = entry.type === DT_DIR ? walk(child) : false;
      if (ours && !inside) continue;
      any = true;
      changes.splice(at, 0, { Path: child, Kind: existed ? KIND.modified : KIND.added });
    }
    return any;
  };
  walk('');
  return changes;
}

function isWhiteout(path: string): boolean {
  return sys.lstat(path).rdev === 0;
}
