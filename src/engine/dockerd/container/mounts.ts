// Which mounts a container gets: --mount, -v, --tmpfs, --volumes-from and the image's VOLUMEs, reduced to one per
// destination. Called by create; the volumes are made here, so that inspect shows them before the first start.
import type { VolumeStore } from '../../volume/volumes.ts';
import * as sys from '../../sys/index.ts';
import { invalidParameter, notFound, systemError } from '../errors.ts';
import type { Container } from './container.ts';
import type { ContainerConfig, HostConfig, MountPoint, MountRequest } from './types.ts';

export interface ResolvedMounts {
  readonly points: MountPoint[];
  /** Volumes made for this container. */
  readonly created: readonly string[];
}

interface Deps {
  readonly volumes: VolumeStore;
  readonly findContainer: (nameOrId: string) => Container;
  /** Called with the name of a volume that is about to be made. */
  readonly onNewVolume: (name: string) => void;
}

/** Later sources win over earlier ones for the same destination: volumes-from, then binds, then mounts, then the image's. */
export function resolveMounts(deps: Deps, config: ContainerConfig, host: HostConfig): ResolvedMounts {
  const points = new Map<string, MountPoint>();
  const created: string[] = [];
  const makeVolume = (name: string, request?: MountRequest): string => {
    const options = request?.VolumeOptions;
    const driver = options?.DriverConfig?.Name || (request ? '' : host.VolumeDriver) || 'local';
    if (driver !== 'local') throw notFound(`error looking up volume plugin ${driver}: plugin "${driver}" not found`);
    const anonymous = name === '';
    const chosen = anonymous ? sys.randomHex(32) : name;
    if (!deps.volumes.find(chosen)) deps.onNewVolume(chosen);
    const made = deps.volumes.create({
      name: chosen,
      anonymous,
      labels: options?.Labels ?? null,
      options: options?.DriverConfig?.Options ?? null,
    });
    if (made.isNew) created.push(made.volume.name);
    return made.volume.name;
  };
  for (const entry of host.VolumesFrom ?? []) {
    const [source = '', mode = ''] = entry.split(':');
    for (const point of deps.findContainer(source).mounts) {
      points.set(point.Destination, mode === 'ro' ? { ...point, Mode: 'ro', RW: false } : point);
    }
  }
  const explicit = new Set<string>();
  const take = (point: MountPoint): void => {
    if (explicit.has(point.Destination)) throw invalidParameter(`Duplicate mount point: ${point.Destination}`);
    explicit.add(point.Destination);
    points.set(point.Destination, point);
  };
  const inMounts = new Set((host.Mounts ?? []).map((mount) => cleanPath(mount.Target)));
  for (const bind of host.Binds ?? []) {
    const parsed = parseBind(bind);
    // Compose names one target in both lists: the richer entry, in Mounts, holds.
    if (inMounts.has(parsed.target)) continue;
    take(bindPoint(deps.volumes, parsed, makeVolume));
  }
  for (const mount of host.Mounts ?? []) take(mountPoint(deps.volumes, mount, makeVolume));
  for (const destination of Object.keys(host.Tmpfs ?? {})) points.delete(cleanPath(destination));
  for (const destination of Object.keys(config.Volumes ?? {})) {
    const target = cleanPath(destination);
    if (points.has(target) || host.Tmpfs?.[destination] !== undefined) continue;
    points.set(target, volumePoint(deps.volumes, makeVolume(''), target, '', true));
  }
  return { points: [...points.values()], created };
}

export interface ParsedBind {
  /** Empty for an anonymous volume. */
  readonly source: string;
  readonly target: string;
  readonly modes: readonly string[];
}

const MODES = /^(rw|ro|z|Z|nocopy|(r?(shared|slave|private))|consistent|cached|delegated)$/;

/** `src:dst[:mode,…]`, or `dst` alone. */
export function parseBind(text: string): ParsedBind {
  const parts = text.split(':');
  const invalid = () => invalidParameter(`invalid volume specification: '${text}'`);
  if (parts.length > 3 || parts.some((part) => part === '')) throw invalid();
  const [first = '', second, third] = parts;
  const [source, target, mode] = second === undefined ? ['', first, ''] : [first, second, third ?? ''];
  if (!target.startsWith('/')) {
    throw invalidParameter(
      `invalid volume specification: '${text}': invalid mount config for type "volume": invalid mount path: '${target}' mount path must be absolute`,
    );
  }
  const modes = mode === '' ? [] : mode.split(',');
  for (const word of modes) if (!MODES.test(word)) throw invalidParameter(`invalid mode: ${mode}`);
  if (cleanPath(target) === '/')
    throw invalidParameter(
      `invalid volume specification: '${text}': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    );
  return { source, target: cleanPath(target), modes };
}

function bindPoint(volumes: VolumeStore, bind: ParsedBind, makeVolume: (name: string) => string): MountPoint {
  const RW = !bind.modes.includes('ro');
  const Mode = bind.modes.join(',');
  if (!bind.source.startsWith('/'))
    return volumePoint(volumes, makeVolume(bind.source), bind.target, Mode === '' ? 'z' : Mode, RW);
  const Source = cleanPath(bind.source);
  // -v makes a missing host directory, --mount does not.
  makeSource(Source);
  return { Type: 'bind', Source, Destination: bind.target, Mode, RW, Propagation: propagation(bind.modes) };
}

function makeSource(path: string): void {
  if (sys.exists(path)) return;
  try {
    sys.mkdirAll(path, 0o755);
  } catch (error) {
    if (!(error instanceof sys.SyscallError)) throw error;
    throw systemError(`error while creating mount source path '${path}': mkdir ${path}: ${error.text}`);
  }
}

function mountPoint(
  volumes: VolumeStore,
  mount: MountRequest,
  makeVolume: (name: string, request: MountRequest) => string,
): MountPoint {
  const invalid = (why: string) => invalidParameter(`invalid mount config for type "${mount.Type}": ${why}`);
  const RW = mount.ReadOnly !== true;
  if (!mount.Target) throw invalid('field Target must not be empty');
  const Destination = cleanPath(mount.Target);
  if (!mount.Target.startsWith('/')) throw invalid(`invalid mount path: '${mount.Target}' mount path must be absolute`);
  if (Destination === '/') throw invalid("invalid specification: destination can't be '/'");
  switch (mount.Type) {
    case 'bind': {
      const Source = mount.Source ?? '';
      if (Source === '') throw invalid('field Source must not be empty');
      if (mount.BindOptions?.ReadOnlyNonRecursive && mount.BindOptions.ReadOnlyForceRecursive)
        throw invalid('mount options conflict: ReadOnlyNonRecursive && ReadOnlyForceRecursive');
      if (!Source.startsWith('/')) throw invalid(`invalid mount path: '${Source}' mount path must be absolute`);
      if (!sys.exists(Source)) {
        if (!mount.BindOptions?.CreateMountpoint) throw invalid(`bind source path does not exist: ${Source}`);
        makeSource(cleanPath(Source));
      }
      return {
        Type: 'bind',
        Source: cleanPath(Source),
        Destination,
        Mode: '',
        RW,
        Propagation: mount.BindOptions?.Propagation ?? 'rprivate',
      };
    }
    case 'volume':
      if (mount.VolumeOptions?.Subpath) {
        if (!mount.Source) throw invalid('must not set Subpath when using anonymous volumes');
        if (/^\/|(^|\/)\.\.(\/|$)/.test(mount.VolumeOptions.Subpath))
          throw invalid('subpath must be a relative path within the volume');
      }
      return volumePoint(volumes, makeVolume(mount.Source ?? '', mount), Destination, 'z', RW);
    case 'tmpfs':
      return { Type: 'tmpfs', Source: '', Destination, Mode: '', RW, Propagation: '' };
    default:
      throw invalidParameter(`mount type unknown: ${JSON.stringify(mount.Type)}`);
  }
}

function volumePoint(volumes: VolumeStore, Name: string, Destination: string, Mode: string, RW: boolean): MountPoint {
  return {
    Type: 'volume',
    Name,
    Source: volumes.dataDir(Name),
    Destination,
    Driver: 'local',
    Mode,
    RW,
    Propagation: '',
  };
}

function propagation(modes: readonly string[]): string {
  return modes.find((mode) => /^r?(shared|slave|private)$/.test(mode)) ?? 'rprivate';
}

/** Go's path.Clean for absolute paths. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
