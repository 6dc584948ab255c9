// What the flags of `docker run` and `docker create` (create-flags.ts) become in the body of POST /containers/create.
// https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerCreate
import * as sys from '../../sys/index.ts';
import { CommandError, type Invocation } from '../command.ts';
import { absolutePath, reason } from '../file-stream.ts';
import { parseBytes, parseDuration, type Flags } from '../flags.ts';
import { exposedPorts, publishedPorts } from './ports.ts';
import { mountsOf } from './mounts.ts';

/** Body of POST /containers/create. Throws CommandError (exit 125) where a value cannot be. */
export async function createBody(
  call: Invocation,
  image: string,
  command: readonly string[],
): Promise<Record<string, unknown>> {
  const { flags } = call;
  const attach = flags.list('attach').map((name) => name.toLowerCase());
  for (const name of attach)
    if (!['stdin', 'stdout', 'stderr'].includes(name))
      throw invalid(`invalid argument "${name}" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR`);
  const interactive = flags.bool('interactive');
  const detached = flags.bool('detach');
  const attached = (name: string, fallback: boolean): boolean =>
    detached ? false : attach.length > 0 ? attach.includes(name) : fallback;
  const published = publishedPorts(flags.list('publish'));
  const { binds, mounts, tmpfs, anonymous } = mountsOf(flags, call.cwd);
  return {
    Hostname: flags.text('hostname'),
    Domainname: flags.text('domainname'),
    User: flags.text('user'),
    AttachStdin: attached('stdin', interactive),
    AttachStdout: attached('stdout', true),
    AttachStderr: attached('stderr', true),
    ExposedPorts: { ...published.exposed, ...exposedPorts(flags.list('expose')) },
    Tty: flags.bool('tty'),
    OpenStdin: interactive,
    StdinOnce: interactive && !detached,
    Env: await environment(call),
    Cmd: command.length > 0 ? command : null,
    ...(healthOf(flags) ?? {}),
    Image: image,
    Volumes: anonymous,
    WorkingDir: flags.text('workdir'),
    Entrypoint: flags.has('entrypoint') ? (flags.text('entrypoint') === '' ? [''] : [flags.text('entrypoint')]) : null,
    ...(flags.has('mac-address') ? { MacAddress: macAddress(flags.text('mac-address')) } : {}),
    Labels: await labels(call),
    ...(flags.has('stop-signal') ? { StopSignal: flags.text('stop-signal') } : {}),
    ...(flags.has('stop-timeout') ? { StopTimeout: flags.number('stop-timeout') } : {}),
    HostConfig: { ...hostConfig(call), Binds: binds, Mounts: mounts, Tmpfs: tmpfs, PortBindings: published.bindings },
    NetworkingConfig: { EndpointsConfig: endpoints(flags) },
  };
}

function hostConfig(call: Invocation): Record<string, unknown> {
  const { flags } = call;
  const [network] = networksOf(flags);
  return {
    ContainerIDFile: flags.text('cidfile'),
    LogConfig: { Type: flags.text('log-driver'), Config: pairs(flags.list('log-opt')) },
    NetworkMode: network?.name ?? 'default',
    RestartPolicy: restartPolicy(flags.text('restart')),
    AutoRemove: flags.bool('rm'),
    VolumeDriver: flags.text('volume-driver'),
    VolumesFrom: orNull(flags.list('volumes-from')),
    ConsoleSize: call.io.size() ?? [0, 0],
    CapAdd: orNull(flags.list('cap-add').map(capability)),
    CapDrop: orNull(flags.list('cap-drop').map(capability)),
    CgroupnsMode: flags.text('cgroupns'),
    Dns: flags.list('dns'),
    DnsOptions: flags.list('dns-option'),
    DnsSearch: flags.list('dns-search'),
    ExtraHosts: orNull(flags.list('add-host').map((entry) => entry.replace(/^([^:=]+)=/, '$1:'))),
    GroupAdd: orNull(flags.list('group-add')),
    IpcMode: flags.text('ipc'),
    Cgroup: '',
    Links: orNull(flags.list('link')),
    OomScoreAdj: flags.number('oom-score-adj'),
    PidMode: mode(flags, 'pid', 'PID'),
    Privileged: flags.bool('privileged'),
    PublishAllPorts: flags.bool('publish-all'),
    ReadonlyRootfs: flags.bool('read-only'),
    ...securityOptions(flags.list('security-opt'), call.cwd),
    ...(flags.has('isolation') ? { Isolation: flags.text('isolation') } : {}),
    ...(flags.has('gpus') ? { DeviceRequests: [gpuRequest(flags.text('gpus'))] } : {}),
    DeviceCgroupRules: orNull(flags.list('device-cgroup-rule')),
    ...(flags.has('storage-opt') ? { StorageOpt: pairs(flags.list('storage-opt')) } : {}),
    ...(flags.has('annotation') ? { Annotations: pairs(flags.list('annotation')) } : {}),
    UTSMode: mode(flags, 'uts', 'UTS'),
    UsernsMode: mode(flags, 'userns', 'USER'),
    ShmSize: flags.number('shm-size'),
    Sysctls: pairs(flags.list('sysctl')),
    ...(flags.has('runtime') ? { Runtime: flags.text('runtime') } : {}),
    ...resources(flags),
    ...(flags.has('init') ? { Init: flags.bool('init') } : {}),
  };
}

/** The part of HostConfig that `docker update` changes too. */
export function resources(flags: Flags): Record<string, unknown> {
  return {
    CpuShares: flags.number('cpu-shares'),
    Memory: flags.number('memory'),
    NanoCpus: flags.number('cpus'),
    CgroupParent: flags.text('cgroup-parent'),
    BlkioWeight: flags.number('blkio-weight'),
    BlkioWeightDevice: flags.list('blkio-weight-device').map(weightDevice),
    BlkioDeviceReadBps: throttles(flags.list('device-read-bps'), 'bytes'),
    BlkioDeviceWriteBps: throttles(flags.list('device-write-bps'), 'bytes'),
    BlkioDeviceReadIOps: throttles(flags.list('device-read-iops'), 'count'),
    BlkioDeviceWriteIOps: throttles(flags.list('device-write-iops'), 'count'),
    CpuPeriod: flags.number('cpu-period'),
    CpuQuota: flags.number('cpu-quota'),
    CpuRealtimePeriod: flags.number('cpu-rt-period'),
    CpuRealtimeRuntime: flags.number('cpu-rt-runtime'),
    CpusetCpus: flags.text('cpuset-cpus'),
    CpusetMems: flags.text('cpuset-mems'),
    Devices: flags.list('device').map(device),
    MemoryReservation: flags.number('memory-reservation'),
    MemorySwap: flags.number('memory-swap'),
    ...(flags.has('memory-swappiness') ? { MemorySwappiness: flags.number('memory-swappiness') } : {}),
    ...(flags.has('oom-kill-disable') ? { OomKillDisable: flags.bool('oom-kill-disable') } : {}),
    ...(flags.has('pids-limit') ? { PidsLimit: flags.number('pids-limit') } : {}),
    Ulimits: flags.list('ulimit').map(ulimit),
  };
}

/** `docker run` fails with 125 where its own arguments are wrong. */
export function invalid(message: string): CommandError {
  return new CommandError(message, 125);
}

/**
 * `systempaths=unconfined` is the client's own: it leaves no path masked or read-only. A seccomp profile is read here and
 * sent whole.
 */
function securityOptions(given: readonly string[], cwd: string): Record<string, unknown> {
  const rest = given.filter((option) => option !== 'systempaths=unconfined');
  return {
    SecurityOpt: orNull(rest.map((option) => securityOption(option, cwd))),
    ...(rest.length < given.length ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
  };
}

function securityOption(option: string, cwd: string): string {
  const [, name = option, value = ''] = /^([^=:]*)[=:](.*)$/s.exec(option) ?? [];
  if (name === 'no-new-privileges') return option;
  if (value === '') throw invalid(`invalid --security-opt: ${JSON.stringify(option)}`);
  if (name !== 'seccomp' || value === 'builtin' || value === 'unconfined') return option;
  let profile: string;
  try {
    profile = sys.utf8Decode(sys.readFile(absolutePath(value, cwd)));
  } catch (error) {
    throw invalid(`opening seccomp profile (${value}) failed: open ${value}: ${reason(error)}`);
  }
  try {
    return `seccomp=${JSON.stringify(JSON.parse(profile))}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(`compacting json for seccomp profile (${value}) failed: ${why}`);
  }
}

/** `all`, a number, or `device=0`. */
function gpuRequest(text: string): object {
  const count = text === 'all' ? -1 : /^\d+$/.test(text) ? Number(text) : 0;
  return { Driver: '', Count: count, DeviceIDs: null, Capabilities: [['gpu']], Options: {} };
}

function macAddress(text: string): string {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) throw invalid(`${text} is not a valid mac address`);
  return text;
}

/** `host`, nothing, or (where one can be joined) another container's. */
function mode(flags: Flags, name: 'pid' | 'uts' | 'userns', what: string): string {
  const text = flags.text(name);
  const isValid = text === '' || text === 'host' || (name === 'pid' && /^container:./.test(text));
  if (!isValid) throw invalid(`--${name}: invalid ${what} mode`);
  return text;
}

const orNull = (list: string[]): string[] | null => (list.length > 0 ? list : null);

/** `k=v` entries as an object; a bare key has an empty value. */
export function pairs(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

async function environment(call: Invocation): Promise<string[]> {
  const lines: string[] = [];
  for (const path of call.flags.list('env-file')) lines.push(...fileLines(await readOr(call, path)));
  lines.push(...call.flags.list('env'));
  // `-e NAME` takes the client's own value, and is left out where there is none.
  return lines.flatMap((line) => {
    if (line === '' || line.startsWith('=')) throw invalid(`invalid environment variable: ${line}`);
    if (line.includes('=')) return [line];
    const own = call.env[line];
    return own === undefined ? [] : [`${line}=${own}`];
  });
}

async function readOr(call: Invocation, path: string): Promise<string> {
  const text = call.io.readFile(path);
  if (text === undefined) throw invalid(`open ${path}: no such file or directory`);
  return text;
}

function fileLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

async function labels(call: Invocation): Promise<Record<string, string>> {
  const lines: string[] = [];
  for (const path of call.flags.list('label-file')) lines.push(...fileLines(await readOr(call, path)));
  return pairs([...lines, ...call.flags.list('label')]);
}

function healthOf(flags: Flags): Record<string, unknown> | undefined {
  if (flags.bool('no-healthcheck')) return { Healthcheck: { Test: ['NONE'] } };
  const names = [
    'health-cmd',
    'health-interval',
    'health-timeout',
    'health-retries',
    'health-start-period',
    'health-start-interval',
  ];
  if (!names.some((name) => flags.has(name))) return undefined;
  return {
    Healthcheck: {
      ...(flags.has('health-cmd') ? { Test: ['CMD-SHELL', flags.text('health-cmd')] } : {}),
      Interval: flags.number('health-interval'),
      Timeout: flags.number('health-timeout'),
      StartPeriod: flags.number('health-start-period'),
      StartInterval: flags.number('health-start-interval'),
      Retries: flags.number('health-retries'),
    },
  };
}

function restartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [name = '', count] = text.split(':');
  if (count !== undefined && !/^\d+$/.test(count))
    throw invalid('invalid restart policy format: maximum retry count must be an integer');
  return { Name: name === '' ? 'no' : name, MaximumRetryCount: Number(count ?? 0) };
}

function throttles(entries: readonly string[], unit: 'bytes' | 'count'): { Path: string; Rate: number }[] {
  return entries.map((entry) => {
    const [path = '', amount = ''] = entry.split(':');
    return { Path: path, Rate: unit === 'bytes' ? (parseBytes(amount) ?? 0) : Number(amount) };
  });
}

/** `/dev/vda:200` */
function weightDevice(entry: string): { Path: string; Weight: number } {
  const [path = '', weight = ''] = entry.split(':');
  return { Path: path, Weight: Number(weight) };
}

/** `/dev/fuse`, `/dev/sdc:/dev/xvdc`, `/dev/sdc:/dev/xvdc:rwm`, `/dev/sdc:r` */
function device(entry: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const isMode = (text: string): boolean => /^[rwm]+$/.test(text) && new Set(text).size === text.length;
  const parts = entry.split(':');
  const [host = '', second, third] = parts;
  if (parts.length > 3 || host === '') throw invalid(`bad format for path: ${entry}`);
  const onlyMode = second !== undefined && third === undefined && isMode(second);
  const inside = second === undefined || onlyMode ? host : second;
  if (third !== undefined && !isMode(third)) throw invalid(`bad mode specified: ${third}`);
  if (!inside.startsWith('/')) throw invalid(`${inside} is not an absolute path`);
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: (onlyMode ? second : third) ?? 'rwm' };
}

/** A capability by the kernel's name: `net_raw` is CAP_NET_RAW. capabilities(7) */
function capability(name: string): string {
  const upper = name.trim().toUpperCase();
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}

function ulimit(entry: string): { Name: string; Soft: number; Hard: number } {
  const found = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(entry);
  if (!found) throw invalid(`invalid argument "${entry}" for "--ulimit" flag: invalid ulimit argument: ${entry}`);
  return { Name: found[1] ?? '', Soft: Number(found[2]), Hard: Number(found[3] ?? found[2]) };
}

/** Links are a network's own where it has names. */
const PREDEFINED = /^(default|bridge|host|none|container:.*)$/;

interface NetworkOption {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
}

/** `--network name` or `--network name=n,alias=a,ip=i`. */
function networksOf(flags: Flags): NetworkOption[] {
  return [...flags.list('network'), ...flags.list('net')].map((text) => {
    if (!text.includes('=')) return { name: text, options: {}, aliases: [] };
    const fields = text.split(',');
    const options = pairs(fields);
    return {
      name: options['name'] ?? '',
      options,
      aliases: fields.filter((f) => f.startsWith('alias=')).map((f) => f.slice(6)),
    };
  });
}

function addresses(ip = '', ip6 = '', linkLocal = ''): object | null {
  if (!ip && !ip6 && !linkLocal) return null;
  return {
    ...(ip && { IPv4Address: ip }),
    ...(ip6 && { IPv6Address: ip6 }),
    ...(linkLocal && { LinkLocalIPs: [linkLocal] }),
  };
}

function endpoints(flags: Flags): Record<string, unknown> {
  const aliases = [...flags.list('network-alias'), ...flags.list('net-alias')];
  const configs: Record<string, unknown> = {};
  const networks = networksOf(flags);
  if (networks.length === 0) networks.push({ name: 'default', options: {}, aliases: [] });
  networks.forEach((network, i) => {
    const ip = network.options['ip'] ?? (i === 0 ? flags.text('ip') : '');
    const ip6 = network.options['ip6'] ?? (i === 0 ? flags.text('ip6') : '');
    const names = [...network.aliases, ...(i === 0 ? aliases : [])];
    const links = i === 0 && !PREDEFINED.test(network.name) ? flags.list('link') : [];
    if (!ip && !ip6 && !network.options['link-local-ip'] && names.length === 0 && links.length === 0 && i === 0) return;
    configs[network.name] = {
      Aliases: names.length > 0 ? names : null,
      ...(links.length > 0 ? { Links: links } : {}),
      IPAMConfig: addresses(ip, ip6, network.options['link-local-ip']),
    };
  });
  return configs;
}

/** Seconds for `-t`; Docker takes a whole number. */
export function seconds(text: string): number | undefined {
  const ns = parseDuration(text);
  return ns === undefined ? undefined : ns / 1e9;
}
