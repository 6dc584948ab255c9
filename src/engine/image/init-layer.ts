// The layer between image and container: empty files and directories that runc needs as mount points, so that they do
// not show up as the container's own changes. Called when a container's layers are made.
import * as sys from '../sys/index.ts';

const DIRECTORIES = ['dev', 'dev/pts', 'dev/shm', 'proc', 'sys', 'etc'];
const FILES = ['.dockerenv', 'dev/console', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf'];

export function makeInitLayer(diffDir: string): void {
  for (const name of DIRECTORIES) sys.mkdir(`${diffDir}/${name}`, 0o755);
  for (const name of FILES) sys.writeFile(`${diffDir}/${name}`, '', 0o755);
  sys.symlink('/proc/mounts', `${diffDir}/etc/mtab`);
}

/** Paths in the init layer, which `docker diff` and commit leave out. */
export const INIT_PATHS: ReadonlySet<string> = new Set([...DIRECTORIES, ...FILES, 'etc/mtab']);
