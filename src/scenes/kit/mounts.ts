// What a container sees besides its layers: volumes and directories of the host that are mounted into it, as the kernel was
// asked to (mount(2) in the container's mount namespace). Names of volumes are read off the paths.
import type { Container, Mount, VolumeCopy, World } from '../../sim/world.ts';
import { containerOfCgroup } from '../../sim/world.ts';

const MS_RDONLY = 1;
const MS_BIND = 0x1000;

export interface Source {
  /** The path outside: names the drum. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'volume' | 'host directory';
  /** The engine's word: the new volume began with what the image has there. */
  readonly copied?: VolumeCopy;
}

/** One thing that is mounted into a container. */
export interface MountPoint {
  readonly target: string;
  /** Missing for a tmpfs, which lives in memory. */
  readonly source?: Source;
  readonly readOnly: boolean;
  readonly seq: number;
}

/** Mount points of every container that runs, by its id; those that each container has anyhow are left out. */
export function mountPoints(world: World): ReadonlyMap<string, readonly MountPoint[]> {
  const namespaces = new Map<string, number>();
  for (const process of world.processes.values()) {
    const id = containerOfCgroup(process.cgroup);
    const { mnt } = process.ns;
    if (id !== undefined && mnt !== undefined && mnt !== world.hostNs.mnt) namespaces.set(id, mnt);
  }
  const found = new Map<string, readonly MountPoint[]>();
  for (const [id, mntNs] of namespaces) {
    const points = (world.mounts.get(mntNs) ?? []).flatMap((mount) => pointOf(world, mount));
    if (points.length > 0 && world.containers.has(id)) found.set(id, points);
  }
  return found;
}

/** /proc, /sys and /dev are every container's own; /etc/hosts and the like come from the engine's folder for the container. */
const EVERYBODYS = /^\/(?:proc|sys|dev)(?:\/|$)/;
const ENGINES = /\/containers\/[0-9a-f]{64}\/[^/]+$/;

function pointOf(world: World, mount: Mount): MountPoint[] {
  const { target, source, fsType, flags, seq } = mount;
  if (target === '/' || !target.startsWith('/') || EVERYBODYS.test(target)) return [];
  const readOnly = (flags & MS_RDONLY) !== 0;
  if (fsType === 'tmpfs') return [{ target, readOnly, seq }];
  if (!(flags & MS_BIND) || source === target || ENGINES.test(source)) return [];
  return [{ target, source: sourceOf(world, source), readOnly, seq }];
}

function sourceOf(world: World, path: string): Source {
  const [, volume, below = ''] = /\/volumes\/([^/]+)\/_data(\/.*)?$/.exec(path) ?? [];
  if (volume === undefined) return { path, name: path, kind: 'host directory' };
  const copied = world.volumeCopies.get(volume);
  // An anonymous volume has a name of 64 digits.
  const name = `${/^[0-9a-f]{64}$/.test(volume) ? volume.slice(0, 12) : volume}${below}`;
  return { path, name, kind: 'volume', ...(copied ? { copied } : {}) };
}

/** `/data read-only, from volume db`. */
export function mountInWords({ target, source, readOnly }: MountPoint): string {
  const from = source ? `from ${source.kind} ${source.name}` : 'a tmpfs, in memory';
  return `${target}${readOnly ? ' read-only' : ''}, ${from}`;
}

/** The sign of what is mounted from outside. */
export const MOUNTED = '◆';

/** `/data ← volume db (ro)`, `/scratch tmpfs`. */
export function mountLine({ target, source, readOnly }: MountPoint): string {
  const from = source ? ` ← ${source.kind === 'volume' ? 'volume ' : ''}${source.name}` : ' tmpfs';
  return `${target}${from}${readOnly ? ' (ro)' : ''}`;
}

export type Mounts = ReadonlyMap<string, readonly MountPoint[]>;

/** Mount points of an overlay's container. */
export const mountsOf = (mounts: Mounts, container: Container | undefined): readonly MountPoint[] =>
  mounts.get(container?.id ?? '') ?? [];
