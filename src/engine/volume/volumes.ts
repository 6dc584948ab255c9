// Volumes of the `local` driver: volumes/<name>/_data with a record beside it. Called by the volume endpoints and by
// containers that mount them. Who uses a volume is not stored: the containers say so.
import { conflict, invalidParameter, notFound } from '../dockerd/errors.ts';
import { readJson, writeDurably } from '../dockerd/store.ts';
import { rfc3339Nano } from '../dockerd/time.ts';
import { removeTreeInSlices } from '../loop/index.ts';
import * as sys from '../sys/index.ts';

export interface Volume {
  readonly name: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>> | null;
  /** `type`, `o` and `device` of mount(8), as the local driver takes them. */
  readonly options: Readonly<Record<string, string>> | null;
  readonly anonymous: boolean;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

export class VolumeStore {
  private readonly volumes = new Map<string, Volume>();
  /** Mounts of volumes with options, by the number of containers that use them. */
  private readonly mounts = new Map<string, number>();
  private readonly dir: string;
  /** What is being removed, and goes at the next start at the latest. */
  private readonly grave: string;

  constructor(root: string) {
    this.dir = `${root}/volumes`;
    this.grave = `${root}/tmp`;
    sys.mkdirAll(this.dir, 0o701);
    for (const name of sys.listNames(this.dir)) {
      const record = readJson(`${this.dir}/${name}/opts.json`) as Volume | undefined;
      if (record?.name === name) this.volumes.set(name, record);
      else sys.removeTree(`${this.dir}/${name}`);
    }
  }

  all(): Volume[] {
    return [...this.volumes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Volume | undefined {
    return this.volumes.get(name);
  }

  require(name: string): Volume {
    const volume = this.volumes.get(name);
    if (!volume) throw notFound(`get ${name}: no such volume`);
    return volume;
  }

  dataDir(name: string): string {
    return `${this.dir}/${name}/_data`;
  }

  /** Makes a volume; one that is there already is given back. An empty name makes an anonymous one with a name of its own. */
  create(request: { name: string; anonymous?: boolean; labels?: Volume['labels']; options?: Volume['options'] }): {
    volume: Volume;
    isNew: boolean;
  } {
    const anonymous = request.anonymous ?? request.name === '';
    const name = request.name === '' ? sys.randomHex(32) : request.name;
    if (!NAME.test(name)) {
      throw invalidParameter(
        `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
      );
    }
    const existing = this.volumes.get(name);
    if (existing) return { volume: existing, isNew: false };
    checkOptions(request.options ?? {});
    const now = sys.realtime();
    const labels = anonymous ? { ...request.labels, 'com.docker.volume.anonymous': '' } : (request.labels ?? null);
    const createdAt = rfc3339Nano({ seconds: now.seconds, nanos: 0 });
    const volume: Volume = { name, createdAt, labels, options: request.options ?? null, anonymous };
    sys.mkdirAll(this.dataDir(name), 0o755);
    writeDurably(`${this.dir}/${name}/opts.json`, volume);
    this.volumes.set(name, volume);
    return { volume, isNew: true };
  }

  /** Its files go bit by bit: treesRemoved() tells when. */
  remove(name: string, usedBy: readonly string[]): Volume {
    const volume = this.require(name);
    if (usedBy.length > 0) throw conflict(`remove ${name}: volume is in use - [${usedBy.join(', ')}]`);
    this.volumes.delete(name);
    sys.umountQuietly(this.dataDir(name));
    sys.removeQuietly(`${this.dir}/${name}/opts.json`);
    removeTreeInSlices(`${this.dir}/${name}`, this.grave);
    return volume;
  }

  /** Before a container uses it: a volume with options is mounted. Returns the directory to bind. */
  mount(name: string): string {
    const { options } = this.require(name);
    const dir = this.dataDir(name);
    const users = this.mounts.get(name) ?? 0;
    // It may be mounted already: for containers that an earlier dockerd started.
    if (users === 0 && options?.['device'] && !isMountPoint(dir)) mountDevice(options, dir);
    this.mounts.set(name, users + 1);
    return dir;
  }

  /** At a start, when those in use are known: what an earlier dockerd left mounted and nobody uses. */
  releaseUnused(): void {
    for (const { name, options } of this.volumes.values())
      if (options?.['device'] && (this.mounts.get(name) ?? 0) === 0) sys.umountQuietly(this.dataDir(name));
  }

  unmount(name: string): void {
    const users = (this.mounts.get(name) ?? 1) - 1;
    this.mounts.set(name, users);
    if (users <= 0 && this.volumes.get(name)?.options?.['device']) sys.umountQuietly(this.dataDir(name));
  }
}

/** mountinfo(5): the fifth field is the mount point. */
const isMountPoint = (dir: string): boolean =>
  sys
    .readText('/proc/self/mountinfo')
    .split('\n')
    .some((line) => line.split(' ')[4] === dir);

const KNOWN_OPTIONS = ['type', 'o', 'device', 'size'];

function checkOptions(options: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(options))
    if (!KNOWN_OPTIONS.includes(name)) throw invalidParameter(`invalid option: "${name}"`);
  if (options['type'] !== undefined && options['device'] === undefined)
    throw invalidParameter('missing device in volume options');
}

/** `--opt type=tmpfs --opt device=tmpfs --opt o=size=1m,ro`: flags are told from data by their names. mount(8) */
function mountDevice(options: Readonly<Record<string, string>>, dir: string): void {
  const flagOf: Readonly<Record<string, number>> = {
    ro: sys.MS.RDONLY,
    nosuid: sys.MS.NOSUID,
    nodev: sys.MS.NODEV,
    noexec: sys.MS.NOEXEC,
    noatime: sys.MS.NOATIME,
    bind: sys.MS.BIND,
    rbind: sys.MS.BIND | sys.MS.REC,
  };
  let flags = 0;
  const data: string[] = [];
  for (const option of (options['o'] ?? '').split(',').filter(Boolean)) {
    const flag = flagOf[option];
    if (flag === undefined) data.push(option);
    else flags |= flag;
  }
  sys.mount(options['device'] ?? '', dir, options['type'] ?? '', flags, data.join(','));
}
