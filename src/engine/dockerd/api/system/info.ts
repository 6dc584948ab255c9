// GET /info
import * as sys from '../../../sys/index.ts';
import { infoWarnings, kernelSupport } from '../../container/kernel-support.ts';
import { cpuCount } from '../../container/validate.ts';
import type { Daemon } from '../../daemon.ts';
import { OS } from '../../platform.ts';
import { json, type ApiRequest, type Reply } from '../../request.ts';
import { VERSION } from '../../version.ts';
import { kernelVersion } from './version.ts';

export async function info(daemon: Daemon, _request: ApiRequest): Promise<Reply> {
  const { config, containers, images } = daemon;
  const containerd = await daemon.containerd
    .call('version', {})
    .catch(() => ({ version: 'unknown', revision: '', runc: 'unknown' }));
  const counts = { running: 0, paused: 0, stopped: 0 };
  for (const { state } of containers.all()) {
    if (state.status === 'running' || state.status === 'restarting') counts.running += 1;
    else if (state.status === 'paused') counts.paused += 1;
    else counts.stopped += 1;
  }
  return json({
    ID: daemon.id,
    Containers: containers.size,
    ContainersRunning: counts.running,
    ContainersPaused: counts.paused,
    ContainersStopped: counts.stopped,
    Images: images.all().length,
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', backingFilesystem(config.dataRoot)],
      ['Supports d_type', 'true'],
      ['Using metacopy', 'false'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'false'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file', 'local', 'none'],
    },
    MemoryLimit: true,
    SwapLimit: kernelSupport().swapLimit,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    IPv4Forwarding: sys.readTextIfExists('/proc/sys/net/ipv4/ip_forward')?.trim() === '1',
    BridgeNfIptables: sys.readTextIfExists('/proc/sys/net/bridge/bridge-nf-call-iptables')?.trim() === '1',
    BridgeNfIp6tables: false,
    Debug: config.debug,
    NFd: sys.listNames('/proc/self/fd').length,
    OomKillDisable: false,
    NGoroutines: 1,
    SystemTime: sys.rfc3339Nano(),
    LoggingDriver: config.logDriver,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: '2',
    NEventsListener: daemon.events.listenerCount,
    KernelVersion: kernelVersion(),
    OperatingSystem: osName(),
    OSVersion: '',
    OSType: OS,
    Architecture: 'i686',
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(daemon),
    NCPU: cpuCount(),
    MemTotal: memTotal(),
    GenericResources: null,
    DockerRootDir: config.dataRoot,
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: sys.readTextIfExists('/proc/sys/kernel/hostname')?.trim() ?? '',
    Labels: config.labels,
    ExperimentalBuild: false,
    ServerVersion: VERSION,
    Runtimes: { runc: { path: 'runc' }, 'io.containerd.runc.v2': { path: 'runc' } },
    DefaultRuntime: 'runc',
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: config.liveRestore,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: { ID: containerd.revision, Expected: containerd.revision },
    RuncCommit: { ID: containerd.runc, Expected: containerd.runc },
    InitCommit: { ID: '', Expected: '' },
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
    CDISpecDirs: [],
    Warnings: infoWarnings(),
  });
}

function registryConfig({ config }: Daemon): object {
  const index = (name: string, secure: boolean, mirrors: readonly string[]): object => ({
    Name: name,
    Mirrors: mirrors,
    Secure: secure,
    Official: name === 'docker.io',
  });
  const insecure = config.insecureRegistries.filter((name) => !name.includes('/'));
  const mirrors = config.registryMirrors.map((mirror) => (mirror.endsWith('/') ? mirror : `${mirror}/`));
  return {
    AllowNondistributableArtifactsCIDRs: null,
    AllowNondistributableArtifactsHostnames: null,
    InsecureRegistryCIDRs: ['127.0.0.0/8', ...config.insecureRegistries.filter((name) => name.includes('/'))],
    IndexConfigs: {
      'docker.io': index('docker.io', true, mirrors),
      ...Object.fromEntries(insecure.map((name) => [name, index(name, false, [])])),
    },
    Mirrors: mirrors,
  };
}

function backingFilesystem(path: string): string {
  const { type } = sys.statfs(path);
  const found = Object.entries(sys.FS_MAGIC).find(([, magic]) => magic === type)?.[0];
  return found === 'ext4' ? 'extfs' : (found ?? 'unknown');
}

function osName(): string {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(sys.readTextIfExists('/etc/os-release') ?? '')?.[1] ?? 'Linux';
}

function memTotal(): number {
  return Number(/^MemTotal:\s+(\d+) kB/m.exec(sys.readTextIfExists('/proc/meminfo') ?? '')?.[1] ?? 0) * 1024;
}
