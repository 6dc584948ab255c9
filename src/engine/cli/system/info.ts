// The text of docker info.

/** The parts of GET /info that the text shows. */
export interface Info {
  readonly ID: string;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Driver: string;
  readonly DriverStatus: readonly (readonly [string, string])[] | null;
  readonly LoggingDriver: string;
  readonly CgroupDriver: string;
  readonly CgroupVersion: string;
  readonly Plugins: {
    readonly Volume?: readonly string[] | null;
    readonly Network?: readonly string[] | null;
    readonly Log?: readonly string[] | null;
  };
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Name: string;
  readonly DockerRootDir: string;
  readonly Debug: boolean;
  readonly ServerVersion: string;
  readonly SecurityOptions: readonly string[] | null;
  readonly DefaultRuntime: string;
  readonly InitBinary: string;
  readonly ContainerdCommit?: { readonly ID: string };
  readonly RuncCommit?: { readonly ID: string };
  readonly InitCommit?: { readonly ID: string };
  readonly Labels?: readonly string[] | null;
  readonly ExperimentalBuild: boolean;
  readonly Runtimes: Readonly<Record<string, unknown>>;
  readonly LiveRestoreEnabled: boolean;
  readonly RegistryConfig: {
    readonly Mirrors?: readonly string[] | null;
    readonly InsecureRegistryCIDRs?: readonly string[] | null;
    readonly IndexConfigs?: Readonly<Record<string, { readonly Name: string; readonly Secure: boolean }>>;
  } | null;
  readonly Swarm?: { readonly LocalNodeState?: string };
  readonly Warnings?: readonly string[] | null;
}

import { binarySize } from '../format/units.ts';

/** As `docker info` prints it. */
export function infoText(info: Info, clientVersion: string): string {
  const list = (names: readonly string[] | null | undefined): string => (names ?? []).join(' ');
  const { IndexConfigs = {}, InsecureRegistryCIDRs } = info.RegistryConfig ?? {};
  const insecure = [
    ...Object.values(IndexConfigs).flatMap(({ Name, Secure }) => (Secure ? [] : [Name])),
    ...(InsecureRegistryCIDRs ?? []),
  ];
  const lines = [
    'Client: Drydock',
    ` Version:    ${clientVersion}`,
    ' Context:    default',
    ' Debug Mode: false',
    '',
    'Server:',
    ` Containers: ${info.Containers}`,
    `  Running: ${info.ContainersRunning}`,
    `  Paused: ${info.ContainersPaused}`,
    `  Stopped: ${info.ContainersStopped}`,
    ` Images: ${info.Images}`,
    ` Server Version: ${info.ServerVersion}`,
    ` Storage Driver: ${info.Driver}`,
    ...(info.DriverStatus ?? []).map(([name, value]) => `  ${name}: ${value}`),
    ` Logging Driver: ${info.LoggingDriver}`,
    ` Cgroup Driver: ${info.CgroupDriver}`,
    ` Cgroup Version: ${info.CgroupVersion}`,
    ' Plugins:',
    `  Volume: ${list(info.Plugins.Volume)}`,
    `  Network: ${list(info.Plugins.Network)}`,
    `  Log: ${list(info.Plugins.Log)}`,
    ` Swarm: ${info.Swarm?.LocalNodeState ?? 'inactive'}`,
    ` Runtimes: ${Object.keys(info.Runtimes).join(' ')}`,
    ` Default Runtime: ${info.DefaultRuntime}`,
    ` Init Binary: ${info.InitBinary}`,
    ` containerd version: ${info.ContainerdCommit?.ID ?? ''}`,
    ` runc version: ${info.RuncCommit?.ID ?? ''}`,
    ` init version: ${info.InitCommit?.ID ?? ''}`,
    ' Security Options:',
    ...(info.SecurityOptions ?? []).flatMap(securityLines),
    ` Kernel Version: ${info.KernelVersion}`,
    ` Operating System: ${info.OperatingSystem}`,
    ` OSType: ${info.OSType}`,
    ` Architecture: ${info.Architecture}`,
    ` CPUs: ${info.NCPU}`,
    ` Total Memory: ${binarySize(info.MemTotal)}`,
    ` Name: ${info.Name}`,
    ` ID: ${info.ID}`,
    ` Docker Root Dir: ${info.DockerRootDir}`,
    ` Debug Mode: ${info.Debug}`,
    ...(info.Labels?.length ? [' Labels:', ...info.Labels.map((label) => `  ${label}`)] : []),
    ` Experimental: ${info.ExperimentalBuild}`,
    ...(insecure.length > 0 ? [' Insecure Registries:', ...insecure.map((name) => `  ${name}`)] : []),
    ...(info.RegistryConfig?.Mirrors?.length
      ? [' Registry Mirrors:', ...info.RegistryConfig.Mirrors.map((mirror) => `  ${mirror}`)]
      : []),
    ` Live Restore Enabled: ${info.LiveRestoreEnabled}`,
    '',
    '',
  ];
  return lines.join('\n');
}

/** `name=seccomp,profile=builtin` as two lines. */
function securityLines(option: string): string[] {
  const parts = option.split(',').map((part) => part.split('=') as [string, string]);
  return parts.map(([name, value], i) =>
    i === 0 ? `  ${value}` : `   ${name[0]?.toUpperCase()}${name.slice(1)}: ${value}`,
  );
}
