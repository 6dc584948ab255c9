// Names in a JSON body are taken in any case, as Go's decoder takes them: `image` is `Image`. Names that are the client's own (labels,
// options, ports, paths) stay as they are. Called for every body. https://pkg.go.dev/encoding/json#Unmarshal

/** Every name that a body of the API may have, of all its structures: those of a container, of networks, volumes, exec and auth. */
export const FIELDS: readonly string[] = `
Hostname Domainname User AttachStdin AttachStdout AttachStderr ExposedPorts Tty OpenStdin StdinOnce Env Cmd Healthcheck ArgsEscaped Image
Volumes WorkingDir Entrypoint NetworkDisabled MacAddress OnBuild Labels StopSignal StopTimeout Shell HostConfig NetworkingConfig
Test Interval Timeout StartPeriod StartInterval Retries
Binds ContainerIDFile LogConfig NetworkMode PortBindings RestartPolicy AutoRemove VolumeDriver VolumesFrom ConsoleSize Annotations CapAdd
CapDrop CgroupnsMode Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Cgroup Links OomScoreAdj PidMode Privileged PublishAllPorts
ReadonlyRootfs SecurityOpt StorageOpt Tmpfs UTSMode UsernsMode ShmSize Sysctls Runtime Isolation CpuShares Memory NanoCpus CgroupParent
BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps BlkioDeviceReadIOps BlkioDeviceWriteIOps CpuPeriod CpuQuota
CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus CpusetMems Devices DeviceCgroupRules DeviceRequests KernelMemory KernelMemoryTCP
MemoryReservation MemorySwap MemorySwappiness OomKillDisable PidsLimit Ulimits CpuCount CpuPercent IOMaximumIOps IOMaximumBandwidth
Mounts MaskedPaths ReadonlyPaths Init
Type Config MaximumRetryCount HostIp HostPort Path Weight Rate PathOnHost PathInContainer CgroupPermissions Soft Hard
Driver Count DeviceIDs Capabilities Options
Source Target ReadOnly Consistency BindOptions VolumeOptions TmpfsOptions ImageOptions ClusterOptions Propagation NonRecursive
CreateMountpoint ReadOnlyNonRecursive ReadOnlyForceRecursive NoCopy DriverConfig Subpath SizeBytes Mode
EndpointsConfig EndpointConfig IPAMConfig Aliases DriverOpts GwPriority NetworkID EndpointID Gateway IPAddress IPPrefixLen IPv6Gateway
GlobalIPv6Address GlobalIPv6PrefixLen DNSNames IPv4Address IPv6Address LinkLocalIPs Container Force
Name CheckDuplicate Scope EnableIPv4 EnableIPv6 IPAM Internal Attachable Ingress ConfigOnly ConfigFrom Network Subnet IPRange
AuxiliaryAddresses ClusterVolumeSpec
Detach DetachKeys
username password email auth serveraddress identitytoken registrytoken`
  .trim()
  .split(/\s+/);

/** What stands in these has names of the client's own; in the second kind their values have ours again. */
const OWN_NAMES = new Set(
  'Labels Volumes ExposedPorts Annotations StorageOpt Tmpfs Sysctls DriverOpts Options AuxiliaryAddresses Config'.split(
    ' ',
  ),
);
const OWN_NAMES_OF_STRUCTURES = new Set(['PortBindings', 'EndpointsConfig']);

const spelled = new Map<string, string>();
for (const name of FIELDS) {
  spelled.set(name.toLowerCase(), name);
  spelled.set(name, name);
}

/** Nothing of ours stands deeper; what somebody nests without end stays as it is. */
const DEPTH_MAX = 8;

/** A body with its names spelled as documented. Where one stands there twice, the last one counts. */
export function spellNames(body: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const given of Object.keys(body)) {
    const name = spelled.get(given) ?? spelled.get(given.toLowerCase()) ?? given;
    const value = body[given];
    result[name] = typeof value === 'object' && depth < DEPTH_MAX ? inside(name, value, depth + 1) : value;
  }
  return result;
}

function inside(name: string, value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map((one) => (isStructure(one) ? spellNames(one, depth) : (one as unknown)));
  if (!isStructure(value) || OWN_NAMES.has(name)) return value;
  if (!OWN_NAMES_OF_STRUCTURES.has(name)) return spellNames(value, depth);
  return Object.fromEntries(Object.entries(value).map(([own, one]) => [own, inside('', one, depth)]));
}

const isStructure = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
