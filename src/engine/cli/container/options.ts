// The flags of `docker run` and `docker create`, and what they become in the body of POST /containers/create.
// https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerCreate
import { CommandError, type Invocation } from '../command.ts';
import { parseBytes, parseDuration, type FlagSpec, type Flags } from '../flags.ts';
import { exposedPorts, publishedPorts } from './ports.ts';
import { mountsOf } from './mounts.ts';

const flag = (name: string, type: FlagSpec['type'], help: string, short?: string, fallback?: string): FlagSpec => ({
  name,
  type,
  help,
  ...(short ? { short } : {}),
  ...(fallback ? { default: fallback } : {}),
});

export const createFlags: readonly FlagSpec[] = [
  flag('add-host', 'list', 'A line for /etc/hosts, host:ip'),
  flag('annotation', 'map', 'An annotation for the OCI runtime'),
  flag('attach', 'list', 'Attach to STDIN, STDOUT or STDERR', 'a'),
  flag('blkio-weight', 'uint16', 'Share of block I/O, 10 to 1000, or 0 for none', undefined, '0'),
  flag('cap-add', 'list', 'Give Linux capabilities'),
  flag('cap-drop', 'list', 'Take Linux capabilities away'),
  flag('cgroup-parent', 'string', 'Parent cgroup of the container'),
  flag('cgroupns', 'string', "Cgroup namespace: 'host' or 'private'"),
  flag('cidfile', 'string', "Write the container's ID to this file"),
  flag('cpu-period', 'int', 'Period of the CPU quota in microseconds'),
  flag('cpu-quota', 'int', 'Microseconds of CPU in each period'),
  flag('cpu-shares', 'int', 'CPU weight against other containers', 'c'),
  flag('cpus', 'cpus', 'Number of CPUs'),
  flag('cpuset-cpus', 'string', 'CPUs to run on (0-3, 0,1)'),
  flag('cpuset-mems', 'string', 'Memory nodes to use (0-3, 0,1)'),
  flag('device', 'list', 'Give a device of the host to the container'),
  flag('device-read-bps', 'list', 'Bytes a second that may be read from a device', undefined, '[]'),
  flag('device-read-iops', 'list', 'Reads a second from a device', undefined, '[]'),
  flag('device-write-bps', 'list', 'Bytes a second that may be written to a device', undefined, '[]'),
  flag('device-write-iops', 'list', 'Writes a second to a device', undefined, '[]'),
  flag('dns', 'list', 'DNS servers'),
  flag('dns-option', 'list', 'DNS options'),
  flag('dns-search', 'list', 'DNS search domains'),
  flag('domainname', 'string', 'NIS domain name'),
  flag('entrypoint', 'string', "In place of the image's ENTRYPOINT"),
  flag('env', 'list', 'Environment variables', 'e'),
  flag('env-file', 'list', 'Environment variables from a file'),
  flag('expose', 'list', 'Name a port, or a range of them'),
  flag('group-add', 'list', 'More groups to join'),
  flag('health-cmd', 'string', 'Command that tells whether it is healthy'),
  flag('health-interval', 'duration', 'Time between checks', undefined, '0s'),
  flag('health-retries', 'int', 'Failures in a row that make it unhealthy'),
  flag('health-start-interval', 'duration', 'Time between checks while starting', undefined, '0s'),
  flag('health-start-period', 'duration', 'Time to start before failures count', undefined, '0s'),
  flag('health-timeout', 'duration', 'How long one check may take', undefined, '0s'),
  flag('hostname', 'string', 'Host name in the container', 'h'),
  flag('init', 'bool', 'An init as PID 1 that forwards signals and reaps'),
  flag('interactive', 'bool', 'Keep STDIN open even if not attached', 'i'),
  flag('ip', 'string', 'IPv4 address'),
  flag('ip6', 'string', 'IPv6 address'),
  flag('ipc', 'string', 'IPC namespace to use'),
  flag('label', 'list', 'Set a label', 'l'),
  flag('label-file', 'list', 'Labels from a file'),
  flag('link', 'list', 'Link to another container'),
  flag('log-driver', 'string', 'Where logs go'),
  flag('log-opt', 'list', 'Options of the log driver'),
  flag('mac-address', 'string', 'MAC address'),
  flag('memory', 'bytes', 'Memory limit', 'm'),
  flag('memory-reservation', 'bytes', 'Memory to keep when memory is short'),
  flag('memory-swap', 'bytes', "Memory and swap together; '-1' is no limit"),
  flag('memory-swappiness', 'int', 'How readily it swaps, 0 to 100', undefined, '-1'),
  flag('mount', 'list', 'Attach a file system'),
  flag('name', 'string', 'Name of the container'),
  flag('network', 'list', 'Network to connect to'),
  { ...flag('net', 'list', 'Network to connect to'), hidden: true },
  flag('network-alias', 'list', 'Another name in the network'),
  { ...flag('net-alias', 'list', 'Another name in the network'), hidden: true },
  flag('no-healthcheck', 'bool', "Without the image's HEALTHCHECK"),
  flag('oom-kill-disable', 'bool', 'Do not kill when memory is out'),
  flag('oom-score-adj', 'int', 'How readily it is killed, -1000 to 1000'),
  flag('pid', 'string', 'PID namespace to use'),
  flag('pids-limit', 'int', 'How many processes (-1: any number)'),
  flag('platform', 'string', 'Platform of the image'),
  flag('privileged', 'bool', 'Nearly everything that the host may do'),
  flag('publish', 'list', "Publish a container's port on the host", 'p'),
  flag('publish-all', 'bool', 'Publish all exposed ports on random ones', 'P'),
  flag('pull', 'string', 'Pull the image first: "always", "missing" or "never"', undefined, '"missing"'),
  flag('quiet', 'bool', 'Say nothing of the pull', 'q'),
  flag('read-only', 'bool', "Mount the container's root read-only"),
  flag('restart', 'string', 'Start again when it exits', undefined, '"no"'),
  flag('rm', 'bool', 'Remove the container when it exits'),
  flag('runtime', 'string', 'OCI runtime'),
  flag('security-opt', 'list', 'Security options'),
  flag('shm-size', 'bytes', 'Size of /dev/shm'),
  flag('stop-signal', 'string', 'Signal that asks it to stop'),
  flag('stop-timeout', 'int', 'Seconds to wait before it is killed'),
  flag('storage-opt', 'list', 'Options of the storage driver'),
  flag('sysctl', 'map', 'Kernel parameters', undefined, 'map[]'),
  flag('tmpfs', 'list', 'Mount a tmpfs'),
  flag('tty', 'bool', 'A pseudo-terminal', 't'),
  flag('ulimit', 'list', 'Resource limits', undefined, '[]'),
  flag('user', 'string', 'User or UID (<name|uid>[:<group|gid>])', 'u'),
  flag('userns', 'string', 'User namespace to use'),
  flag('uts', 'string', 'UTS namespace to use'),
  flag('volume', 'list', 'Bind mount a volume', 'v'),
  flag('volume-driver', 'string', 'Volume driver'),
  flag('volumes-from', 'list', 'Mount the volumes of other containers'),
  flag('workdir', 'string', 'Working directory in the container', 'w'),
];

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
    ...(flags.has('mac-address') ? { MacAddress: flags.text('mac-address') } : {}),
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
    CapAdd: orNull(flags.list('cap-add')),
    CapDrop: orNull(flags.list('cap-drop')),
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
    PidMode: flags.text('pid'),
    Privileged: flags.bool('privileged'),
    PublishAllPorts: flags.bool('publish-all'),
    ReadonlyRootfs: flags.bool('read-only'),
    SecurityOpt: orNull(flags.list('security-opt')),
    UTSMode: flags.text('uts'),
    UsernsMode: flags.text('userns'),
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
    BlkioDeviceReadBps: throttles(flags.list('device-read-bps'), 'bytes'),
    BlkioDeviceWriteBps: throttles(flags.list('device-write-bps'), 'bytes'),
    BlkioDeviceReadIOps: throttles(flags.list('device-read-iops'), 'count'),
    BlkioDeviceWriteIOps: throttles(flags.list('device-write-iops'), 'count'),
    CpuPeriod: flags.number('cpu-period'),
    CpuQuota: flags.number('cpu-quota'),
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
    const rate = unit === 'bytes' ? parseBytes(amount) : /^\d+$/.test(amount) ? Number(amount) : undefined;
    if (!path.startsWith('/dev/') || rate === undefined || rate < 0)
      throw invalid(`invalid argument "${entry}" for device rate: bad format: ${entry}`);
    return { Path: path, Rate: rate };
  });
}

function device(entry: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host = '', inside = host, mode = 'rwm'] = entry.split(':');
  const onlyMode = /^[rwm]+$/.test(inside);
  return { PathOnHost: host, PathInContainer: onlyMode ? host : inside, CgroupPermissions: onlyMode ? inside : mode };
}

function ulimit(entry: string): { Name: string; Soft: number; Hard: number } {
  const found = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(entry);
  if (!found) throw invalid(`invalid argument "${entry}" for "--ulimit" flag: invalid ulimit argument: ${entry}`);
  return { Name: found[1] ?? '', Soft: Number(found[2]), Hard: Number(found[3] ?? found[2]) };
}

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

function endpoints(flags: Flags): Record<string, unknown> {
  const aliases = [...flags.list('network-alias'), ...flags.list('net-alias')];
  const configs: Record<string, unknown> = {};
  const networks = networksOf(flags);
  if (networks.length === 0) networks.push({ name: 'default', options: {}, aliases: [] });
  networks.forEach((network, i) => {
    const ip = network.options['ip'] ?? (i === 0 ? flags.text('ip') : '');
    const ip6 = network.options['ip6'] ?? (i === 0 ? flags.text('ip6') : '');
    const names = [...network.aliases, ...(i === 0 ? aliases : [])];
    if (!ip && !ip6 && names.length === 0 && i === 0) return;
    configs[network.name] = {
      Aliases: names.length > 0 ? names : null,
      IPAMConfig: ip || ip6 ? { ...(ip ? { IPv4Address: ip } : {}), ...(ip6 ? { IPv6Address: ip6 } : {}) } : null,
    };
  });
  return configs;
}

/** Seconds for `-t`; Docker takes a whole number. */
export function seconds(text: string): number | undefined {
  const ns = parseDuration(text);
  return ns === undefined ? undefined : ns / 1e9;
}
