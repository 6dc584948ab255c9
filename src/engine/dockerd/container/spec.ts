// From a container's Config and HostConfig to the OCI configuration that runc carries out. Pure but for the few files
// it looks into (device numbers, other containers' pids). Called by start.
import type { Linux, Mount, Spec } from '../../runc/spec.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { conflict } from '../errors.ts';
import { capabilitiesFor } from './capabilities.ts';
import { isRunning, type Container } from './container.ts';
import { devicesFor } from './devices.ts';
import { linkedEnvironment } from './links.ts';
import { environment } from './merge.ts';
import { checkPropagation, checkSubpath, rootPropagation } from './propagation.ts';
import { resourcesFor } from './resources.ts';
import { parseSeccomp } from './seccomp.ts';
import { shmMount } from './shm.ts';
import type { HostConfig } from './types.ts';
import { ulimitsFor } from './ulimits.ts';
import { lookupUser } from './user.ts';

/** Files that dockerd writes for each container and binds over the image's. */
export const NETWORK_FILES = {
  'resolv.conf': '/etc/resolv.conf',
  hostname: '/etc/hostname',
  hosts: '/etc/hosts',
} as const;

export function makeSpec(daemon: Daemon, container: Container, rootPath: string): Spec {
  const { config, hostConfig: host } = container;
  const user = lookupUser(rootPath, config.User, host.GroupAdd ?? []);
  const init = host.Init === true ? ['/sbin/docker-init', '--'] : [];
  const [width, height] = [host.ConsoleSize[1], host.ConsoleSize[0]];
  return {
    ociVersion: '1.2.0',
    process: {
      terminal: config.Tty,
      ...(config.Tty && width > 0 && height > 0 ? { consoleSize: { width, height } } : {}),
      user,
      args: [...init, container.path, ...container.args],
      env: environment(config, [], linkedEnvironment(daemon, container)),
      cwd: config.WorkingDir === '' ? '/' : config.WorkingDir,
      capabilities: capabilitiesFor(host, user.uid === 0),
      rlimits: ulimitsFor(host),
      noNewPrivileges: securityOption(host.SecurityOpt, 'no-new-privileges') === 'true',
      oomScoreAdj: host.OomScoreAdj,
    },
    root: { path: rootPath, readonly: host.ReadonlyRootfs },
    ...(host.UTSMode === 'host' ? {} : { hostname: config.Hostname }),
    ...(config.Domainname === '' ? {} : { domainname: config.Domainname }),
    mounts: mountsFor(daemon, container),
    ...(host.Annotations ? { annotations: host.Annotations } : {}),
    linux: linuxFor(daemon, container),
  };
}

function linuxFor(daemon: Daemon, container: Container): Linux {
  const { hostConfig: host } = container;
  const { devices, rules } = devicesFor(host);
  return {
    namespaces: namespacesFor(daemon, container),
    devices,
    cgroupsPath: cgroupsPathOf(container),
    resources: { ...resourcesFor(host), devices: rules },
    ...rootPropagation(container.mounts),
    ...(host.Sysctls ? { sysctl: host.Sysctls } : {}),
    ...(host.MaskedPaths && !host.Privileged ? { maskedPaths: host.MaskedPaths } : {}),
    ...(host.ReadonlyPaths && !host.Privileged ? { readonlyPaths: host.ReadonlyPaths } : {}),
    ...seccompFor(host),
  };
}

/** Below `/docker`, or where `--cgroup-parent` wants it. */
export function cgroupsPathOf({ id, hostConfig }: Pick<Container, 'id' | 'hostConfig'>): string {
  const parts = (hostConfig.CgroupParent || '/docker').split('/').filter((part) => part !== '' && part !== '.');
  const path: string[] = [];
  for (const part of parts) {
    if (part === '..') path.pop();
    else path.push(part);
  }
  return ['', ...path, id].join('/');
}

/** Docker's own profile, one of the user's, or none at all. */
function seccompFor(host: HostConfig): Pick<Linux, 'seccomp'> {
  const profile = securityOption(host.SecurityOpt, 'seccomp') ?? 'builtin';
  if (host.Privileged || profile === 'unconfined') return {};
  if (profile === 'builtin') return { seccomp: 'default' };
  const capabilities = capabilitiesFor(host, true).bounding ?? [];
  return { seccomp: parseSeccomp(profile, { capabilities, kernel: sys.uname().release }) };
}

/** `no-new-privileges`, `no-new-privileges:true`, `seccomp=unconfined`. */
export function securityOption(options: readonly string[] | null, name: string): string | undefined {
  for (const option of options ?? []) {
    const found = /^([^=:]+)(?:[=:](.*))?$/s.exec(option);
    if (found?.[1] === name) return found[2] ?? 'true';
  }
  return undefined;
}

function namespacesFor(daemon: Daemon, container: Container): Linux['namespaces'] {
  const { hostConfig: host } = container;
  const namespaces: { type: Linux['namespaces'][number]['type']; path?: string }[] = [{ type: 'mount' }];
  const join = (mode: string, type: 'network' | 'ipc' | 'pid' | 'uts', file: string): void => {
    if (mode === 'host') return;
    if (!mode.startsWith('container:')) namespaces.push({ type });
    else namespaces.push({ type, path: `/proc/${pidOf(daemon, mode.slice('container:'.length), type)}/ns/${file}` });
  };
  join(host.NetworkMode, 'network', 'net');
  join(host.PidMode, 'pid', 'pid');
  join(host.IpcMode, 'ipc', 'ipc');
  join(host.UTSMode, 'uts', 'uts');
  if (host.CgroupnsMode !== 'host') namespaces.push({ type: 'cgroup' });
  return namespaces;
}

function pidOf(daemon: Daemon, nameOrId: string, type: string): number {
  const other = daemon.containers.require(nameOrId);
  if (!isRunning(other)) {
    const what = type === 'network' ? 'network' : `${type} namespace`;
    throw conflict(`cannot join ${what} of a non running container: ${other.id}`);
  }
  return other.state.pid;
}

const DEFAULT_MOUNTS: readonly Mount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nosuid', 'noexec', 'nodev'] },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
];

/** Docker's own mounts, then the container's by the depth of their destination: a mount never hides a deeper one. */
function mountsFor(daemon: Daemon, container: Container): Mount[] {
  const { hostConfig: host } = container;
  const own = userMounts(daemon, container).sort(byDepth);
  const taken = new Set(own.map((mount) => mount.destination));
  const mounts = DEFAULT_MOUNTS.filter((mount) => !taken.has(mount.destination)).map((mount) =>
    host.Privileged && (mount.type === 'sysfs' || mount.type === 'cgroup')
      ? { ...mount, options: (mount.options ?? []).filter((option) => option !== 'ro') }
      : mount,
  );
  const shm = shmMount(daemon, container);
  if (shm && !taken.has(shm.destination)) mounts.push(shm);
  mounts.push(...fileMounts(daemon, container, taken));
  if (host.Init === true)
    mounts.push({
      destination: '/sbin/docker-init',
      type: 'bind',
      source: '/usr/bin/docker-init',
      options: ['bind', 'ro'],
    });
  return [...mounts, ...own];
}

interface PointMount extends Mount {
  readonly source: string;
  readonly options: readonly string[];
  readonly propagation: string;
}

/** Volumes and binds. */
function pointMounts(daemon: Daemon, container: Container): PointMount[] {
  return container.mounts
    .filter((point) => point.Type !== 'tmpfs')
    .map((point) => {
      const request = container.hostConfig.Mounts?.find((mount) => mount.Target === point.Destination);
      const source = point.Type === 'volume' ? daemon.volumes.dataDir(point.Name ?? '') : point.Source;
      const subpath = request?.VolumeOptions?.Subpath;
      // Docker's default since 25: what is mounted below a read-only bind is read-only too.
      const readonly = request?.BindOptions?.ReadOnlyNonRecursive ? 'ro' : 'rro';
      return {
        destination: point.Destination,
        type: 'bind',
        source,
        ...(subpath && { subpath }),
        options: [request?.BindOptions?.NonRecursive ? 'bind' : 'rbind', ...(point.RW ? [] : [readonly])],
        propagation: point.Propagation === '' ? 'rprivate' : point.Propagation,
      };
    });
}

/** Docker's own files in /etc, where nothing of the user's stands. They are there from the first start on. */
function fileMounts(daemon: Daemon, container: Container, taken: ReadonlySet<string>): Mount[] {
  const directory = daemon.containers.directory(container.id);
  return Object.entries(NETWORK_FILES)
    .filter(([, destination]) => !taken.has(destination))
    .map(([file, destination]) => {
      const options = ['rbind', 'rprivate'];
      return { destination, type: 'bind', source: `${directory}/${file}`, options };
    });
}

/** What `docker cp` sees mounted: all but file systems that are made anew at each start. Nothing mounted elsewhere later shows. */
export function bindsFor(daemon: Daemon, container: Container): Mount[] {
  const points = pointMounts(daemon, container);
  const files = fileMounts(daemon, container, new Set(points.map(({ destination }) => destination)));
  return [
    ...files.filter(({ source = '' }) => sys.exists(source)),
    ...points
      .map(({ propagation: _, ...mount }) => ({ ...mount, options: [...mount.options, 'rprivate'] }))
      .sort(byDepth),
  ];
}

function userMounts(daemon: Daemon, container: Container): Mount[] {
  const { hostConfig: host } = container;
  const mounts: Mount[] = pointMounts(daemon, container).map(({ propagation, ...mount }) => {
    checkPropagation(mount.source, propagation);
    if (mount.subpath) checkSubpath(mount.source, mount.subpath);
    return { ...mount, options: [...mount.options, propagation] };
  });
  for (const [destination, options] of Object.entries(host.Tmpfs ?? {}))
    mounts.push(tmpfs(destination, options.split(',').filter(Boolean)));
  for (const mount of host.Mounts ?? []) {
    if (mount.Type !== 'tmpfs') continue;
    const { SizeBytes = 0, Mode = 0 } = mount.TmpfsOptions ?? {};
    const options = mount.ReadOnly ? ['ro'] : [];
    if (SizeBytes > 0) options.push(`size=${SizeBytes}`);
    if (Mode > 0) options.push(`mode=${Mode.toString(8)}`);
    mounts.push(tmpfs(mount.Target, options));
  }
  return mounts;
}

function tmpfs(destination: string, options: readonly string[]): Mount {
  return { destination, type: 'tmpfs', source: 'tmpfs', options: ['noexec', 'nosuid', 'nodev', ...options] };
}

const depth = (path: string): number => path.split('/').length;
const byDepth = (a: Mount, b: Mount): number => depth(a.destination) - depth(b.destination);
