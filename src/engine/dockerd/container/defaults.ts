// Fills a client's partial Config and HostConfig: whatever it left out gets Docker's default, so that inspect always
// answers every field. Called by container create, build and commit.
import { invalidParameter } from '../errors.ts';
import type { ContainerConfig, EndpointSettings, HostConfig } from './types.ts';

export const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;

export const DEFAULT_MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

export const DEFAULT_READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function defaultConfig(): ContainerConfig {
  return {
    Hostname: '',
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Image: '',
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: {},
  };
}

export function defaultHostConfig(): HostConfig {
  return {
    Binds: null,
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: {} },
    NetworkMode: 'bridge',
    PortBindings: {},
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: false,
    VolumeDriver: '',
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    CapAdd: null,
    CapDrop: null,
    CgroupnsMode: 'private',
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    GroupAdd: null,
    IpcMode: 'private',
    Cgroup: '',
    Links: null,
    OomScoreAdj: 0,
    PidMode: '',
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    UTSMode: '',
    UsernsMode: '',
    ShmSize: DEFAULT_SHM_BYTES,
    Runtime: 'runc',
    Isolation: '',
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: '',
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    BlkioDeviceWriteBps: [],
    BlkioDeviceReadIOps: [],
    BlkioDeviceWriteIOps: [],
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: '',
    CpusetMems: '',
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: null,
    OomKillDisable: null,
    PidsLimit: null,
    Ulimits: [],
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    MaskedPaths: DEFAULT_MASKED_PATHS,
    ReadonlyPaths: DEFAULT_READONLY_PATHS,
  };
}

export function defaultEndpoint(): EndpointSettings {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    MacAddress: '',
    DriverOpts: null,
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}

/** The fields that a client may send beyond those that always have a value, with the type of each. */
const OPTIONAL: Readonly<Record<string, 'object' | 'array' | 'boolean' | 'number' | 'string'>> = {
  ExposedPorts: 'object',
  Healthcheck: 'object',
  ArgsEscaped: 'boolean',
  NetworkDisabled: 'boolean',
  MacAddress: 'string',
  StopSignal: 'string',
  StopTimeout: 'number',
  Shell: 'array',
  StorageOpt: 'object',
  Tmpfs: 'object',
  Sysctls: 'object',
  Mounts: 'array',
  Init: 'boolean',
  Annotations: 'object',
};

/** Which of the fields whose default is null holds what; all others have the type of their default. */
const NULLABLE: Readonly<Record<string, 'object' | 'array' | 'boolean' | 'number'>> = {
  Volumes: 'object',
  MemorySwappiness: 'number',
  OomKillDisable: 'boolean',
  PidsLimit: 'number',
  IPAMConfig: 'object',
  DriverOpts: 'object',
};

/**
 * `defaults` with the client's values put over it. Unknown fields are ignored, as Go's decoder ignores them; a value of
 * the wrong type is refused as Go refuses it. A null keeps the default.
 */
export function fill<T extends object>(defaults: T, given: Record<string, unknown>, type: string): T {
  const result = defaults as Record<string, unknown>;
  for (const name in given) {
    const value = given[name];
    // Clients send a hundred fields, nearly all of them as they are anyway.
    if (value === null || value === undefined || value === result[name]) continue;
    const known = name in result;
    if (!known && !(name in OPTIONAL)) continue;
    const wanted =
      known && result[name] !== null ? kindOf(result[name]) : (OPTIONAL[name] ?? NULLABLE[name] ?? 'array');
    const got = kindOf(value);
    if (got !== wanted && !acceptsWord(name, got)) {
      throw invalidParameter(
        `json: cannot unmarshal ${got === 'boolean' ? 'bool' : got} into Go struct field ${type}.${name}`,
      );
    }
    checkElements(`${type}.${name}`, name, value);
    result[name] = got === 'string' && wanted === 'array' ? [value] : value;
  }
  return defaults;
}

/** Lists whose elements are no strings. */
const OTHER_LISTS = /^(Blkio\w+|Devices|DeviceRequests|Ulimits|Mounts|ConsoleSize)$/;
const MAPS_OF_STRINGS = /^(Labels|StorageOpt|Tmpfs|Sysctls|Annotations)$/;

/** All other lists are of strings, and so are the values of some maps. */
function checkElements(field: string, name: string, value: unknown): void {
  const isChecked = Array.isArray(value) ? !OTHER_LISTS.test(name) : MAPS_OF_STRINGS.test(name);
  if (!isChecked || typeof value !== 'object' || value === null) return;
  for (const element of Object.values(value)) {
    if (typeof element === 'string' || element === null) continue;
    const got = kindOf(element);
    throw invalidParameter(
      `json: cannot unmarshal ${got === 'boolean' ? 'bool' : got} into Go struct field ${field} of type string`,
    );
  }
}

/** Cmd and Entrypoint may be one string (Go's strslice). */
function acceptsWord(name: string, got: string): boolean {
  return got === 'string' && (name === 'Cmd' || name === 'Entrypoint');
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}
