// What Docker refuses before it makes a container, in its own words, and the values it fills in. Called by create and update.
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { invalidParameter, notFound, notImplemented } from '../errors.ts';
import { checkCapabilities } from './capabilities.ts';
import { checkLogOptions } from './logging.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS, DEFAULT_SHM_BYTES } from './defaults.ts';
import { parseSignal, SIGTERM } from './signals.ts';
import type { ContainerConfig, HealthConfig, HostConfig, RestartPolicy } from './types.ts';

const MIN_MEMORY_BYTES = 6 * 1024 * 1024;

let cpus: number | undefined;

/** CPUs of this machine (the guest has one); they do not change. */
export function cpuCount(): number {
  cpus ??= Math.max(1, (sys.readTextIfExists('/proc/cpuinfo')?.match(/^processor\s*:/gm) ?? []).length);
  return cpus;
}

export function normaliseHostConfig(daemon: Daemon, given: HostConfig): HostConfig {
  const host: HostConfig = { ...given };
  if (host.NetworkMode === '' || host.NetworkMode === 'default') host.NetworkMode = 'bridge';
  if (host.ShmSize === 0) host.ShmSize = DEFAULT_SHM_BYTES;
  if (host.RestartPolicy.Name === '') host.RestartPolicy = { Name: 'no', MaximumRetryCount: 0 };
  if (host.LogConfig.Type === '')
    host.LogConfig = {
      Type: daemon.config.logDriver,
      Config: { ...daemon.config.logOpts, ...host.LogConfig.Config },
    };
  if (host.Memory > 0 && host.MemorySwap === 0) host.MemorySwap = host.Memory * 2;
  if (host.IpcMode === '') host.IpcMode = 'private';
  if (host.CgroupnsMode === '') host.CgroupnsMode = host.Privileged ? 'host' : 'private';
  if (host.Runtime === '') host.Runtime = 'runc';
  if (host.Privileged) {
    host.MaskedPaths = null;
    host.ReadonlyPaths = null;
  } else {
    host.MaskedPaths ??= DEFAULT_MASKED_PATHS;
    host.ReadonlyPaths ??= DEFAULT_READONLY_PATHS;
  }
  if (host.PidsLimit !== null && host.PidsLimit <= 0) host.PidsLimit = null;
  return host;
}

export function checkLimits(config: ContainerConfig, host: HostConfig): void {
  if (config.WorkingDir !== '' && !config.WorkingDir.startsWith('/')) {
    throw invalidParameter(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`);
  }
  for (const entry of config.Env ?? []) {
    if (entry === '' || entry.startsWith('=')) throw invalidParameter(`invalid environment variable: ${entry}`);
  }
  if (
    config.Hostname !== '' &&
    (config.Hostname.length > 63 || !/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9-]+)*$/.test(config.Hostname))
  ) {
    throw invalidParameter(`invalid hostname format: ${config.Hostname}`);
  }
  parseSignal(config.StopSignal ?? '', SIGTERM);
  if (config.Healthcheck) checkHealth(config.Healthcheck);
  checkResources(host);
  checkNumbersAndNames(host);
  checkRestartPolicy(host.RestartPolicy);
  if (host.AutoRemove && host.RestartPolicy.Name !== 'no') {
    throw invalidParameter("can't create 'AutoRemove' container with restart policy");
  }
  checkModes(host);
}

const MIN_HEALTH_NANOS = 1_000_000;

function checkHealth(health: HealthConfig): void {
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const nanos = health[name] ?? 0;
    if (nanos !== 0 && nanos < MIN_HEALTH_NANOS)
      throw invalidParameter(`${name} in Healthcheck cannot be less than 1ms`);
  }
  if ((health.Retries ?? 0) < 0) throw invalidParameter('Retries in Healthcheck cannot be negative');
}

/** What the real client looks at itself, and others may send wrong. */
function checkNumbersAndNames(host: HostConfig): void {
  checkCapabilities(host);
  if (host.OomScoreAdj < -1000 || host.OomScoreAdj > 1000)
    throw invalidParameter(`Invalid value ${host.OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  if (host.ShmSize < 0) throw invalidParameter('SHM size can not be less than 0');
  for (const entry of host.ExtraHosts ?? []) {
    const [, name, address = ''] = /^([^:=]+)[:=](.+)$/.exec(entry) ?? [];
    if (name === undefined) throw invalidParameter(`bad format for add-host: ${JSON.stringify(entry)}`);
    const isAddress = /^\d+(\.\d+){3}$/.test(address) || address.includes(':') || address === 'host-gateway';
    if (!isAddress) throw invalidParameter(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
  for (const path of Object.keys(host.Tmpfs ?? {})) {
    if (path === '/') throw invalidParameter("invalid specification: destination can't be '/'");
    if (!path.startsWith('/')) throw invalidParameter(`invalid mount path: '${path}' mount path must be absolute`);
  }
}

/** Who shares another's network namespace has no say in what is another's. `config` is the client's, without the image's. */
export function checkNetworkMode(config: ContainerConfig, host: HostConfig): void {
  const mode = host.NetworkMode;
  const conflicts = (what: string): never => {
    throw invalidParameter(`conflicting options: ${what}`);
  };
  if (config.Hostname !== '' && host.UTSMode === 'host') conflicts('hostname and the UTS mode');
  if (mode === 'host' && (host.Links ?? []).length > 0)
    conflicts("host type networking can't be used with links. This would result in undefined behavior");
  if (!mode.startsWith('container:')) return;
  if (config.Hostname !== '') conflicts('hostname and the network mode');
  if ((host.Links ?? []).length > 0)
    conflicts("container type network can't be used with links. This would result in undefined behavior");
  if (host.Dns.length > 0) conflicts('dns and the network mode');
  if ((host.ExtraHosts ?? []).length > 0) conflicts('custom host-to-IP mapping and the network mode');
  if (config.MacAddress) conflicts('mac-address and the network mode');
  if (Object.keys(host.PortBindings).length > 0 || host.PublishAllPorts)
    conflicts('port publishing and the container type network mode');
  if (Object.keys(config.ExposedPorts ?? {}).length > 0) conflicts('port exposing and the container type network mode');
}

/** Also for `docker update`. */
export function checkResources(host: HostConfig): void {
  if (host.Memory !== 0 && host.Memory < MIN_MEMORY_BYTES)
    throw invalidParameter('Minimum memory limit allowed is 6MB');
  if (host.MemorySwap > 0 && host.Memory === 0) {
    throw invalidParameter('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (host.MemorySwap > 0 && host.MemorySwap < host.Memory) {
    throw invalidParameter('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (host.MemoryReservation > 0 && host.MemoryReservation < MIN_MEMORY_BYTES)
    throw invalidParameter('Minimum memory reservation allowed is 6MB');
  if (host.MemoryReservation > 0 && host.Memory > 0 && host.Memory < host.MemoryReservation) {
    throw invalidParameter('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  const cpus = cpuCount();
  if (host.NanoCpus < 0 || host.NanoCpus > cpus * 1e9) {
    throw invalidParameter(`range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  }
  if (host.NanoCpus > 0 && (host.CpuPeriod > 0 || host.CpuQuota > 0)) {
    throw invalidParameter('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  }
  if (host.CpuPeriod !== 0 && (host.CpuPeriod < 1000 || host.CpuPeriod > 1_000_000)) {
    throw invalidParameter('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (host.CpuQuota > 0 && host.CpuQuota < 1000)
    throw invalidParameter('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (host.CpuRealtimePeriod !== 0 || host.CpuRealtimeRuntime !== 0)
    throw invalidParameter('kernel does not support CPU real-time scheduler');
  if (host.MemorySwappiness !== null && (host.MemorySwappiness < -1 || host.MemorySwappiness > 100))
    throw invalidParameter(`Invalid value: ${host.MemorySwappiness}, valid memory swappiness range is 0-100`);
  if (host.BlkioWeight !== 0 && (host.BlkioWeight < 10 || host.BlkioWeight > 1000)) {
    throw invalidParameter('Range of blkio weight is from 10 to 1000');
  }
  checkCpuset(host.CpusetCpus, cpus, 'CPUs');
  checkCpuset(host.CpusetMems, 1, 'memory nodes');
}

function checkCpuset(text: string, count: number, what: string): void {
  if (text === '') return;
  const field = what === 'CPUs' ? 'cpuset cpus' : 'cpuset mems';
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) throw invalidParameter(`Invalid value ${text} for ${field}`);
  if ([...text.matchAll(/\d+/g)].some(([digits]) => Number(digits) >= count)) {
    throw invalidParameter(
      `Requested ${what} are not available - requested ${text}, available: ${count === 1 ? '0' : `0-${count - 1}`}`,
    );
  }
}

export function checkRestartPolicy(policy: RestartPolicy): void {
  if (!['no', 'always', 'unless-stopped', 'on-failure'].includes(policy.Name)) {
    throw invalidParameter(
      `invalid restart policy: unknown policy '${policy.Name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (policy.Name !== 'on-failure' && policy.MaximumRetryCount > 0) {
    throw invalidParameter("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  if (policy.MaximumRetryCount < 0)
    throw invalidParameter('invalid restart policy: maximum retry count cannot be negative');
}

const SECURITY_OPTIONS = ['apparmor', 'label', 'no-new-privileges', 'seccomp', 'writable-cgroups'];

function checkSecurityOptions(options: readonly string[]): void {
  for (const option of options) {
    const [name = ''] = option.split(/[=:]/);
    if (!SECURITY_OPTIONS.includes(name) || (option === name && name !== 'no-new-privileges'))
      throw invalidParameter(`invalid --security-opt 1: ${JSON.stringify(option)}`);
    if (name === 'writable-cgroups') throw notImplemented('--security-opt writable-cgroups');
  }
}

function checkModes(host: HostConfig): void {
  if (!['', 'default'].includes(host.Isolation))
    throw invalidParameter(`invalid isolation '${host.Isolation}' on linux`);
  if (!['', 'local'].includes(host.VolumeDriver))
    throw notFound(`error looking up volume plugin ${host.VolumeDriver}: plugin "${host.VolumeDriver}" not found`);
  checkSecurityOptions(host.SecurityOpt ?? []);
  if (host.Runtime !== 'runc' && host.Runtime !== 'io.containerd.runc.v2')
    throw invalidParameter(`unknown or invalid runtime name: ${host.Runtime}`);
  if (!['json-file', 'none', 'local'].includes(host.LogConfig.Type)) {
    throw notFound(`logger: no log driver named '${host.LogConfig.Type}' is registered`);
  }
  checkLogOptions(host.LogConfig.Type, host.LogConfig.Config);
  if (host.UsernsMode !== '' && host.UsernsMode !== 'host')
    throw invalidParameter(`invalid userns mode: ${host.UsernsMode}`);
  if (host.UTSMode !== '' && host.UTSMode !== 'host') throw invalidParameter(`invalid UTS mode: ${host.UTSMode}`);
  if (host.PidMode !== '' && host.PidMode !== 'host' && !host.PidMode.startsWith('container:'))
    throw invalidParameter(`invalid PID mode: ${host.PidMode}`);
  if (!/^(private|shareable|host|none|container:.+)$/.test(host.IpcMode))
    throw invalidParameter(`invalid IPC mode: ${host.IpcMode}`);
  if ((host.DeviceRequests ?? []).length > 0)
    throw invalidParameter('could not select device driver "" with capabilities: [[gpu]]');
  if (Object.keys(host.StorageOpt ?? {}).length > 0) {
    throw invalidParameter("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
}
