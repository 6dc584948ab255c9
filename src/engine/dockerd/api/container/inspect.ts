// GET /containers/{id}/json?size=
import { sizes } from '../../container/summary.ts';
import { describeLinks } from '../../container/links.ts';
import { logPath } from '../../container/logging.ts';
import type { Container } from '../../container/container.ts';
import { defaultEndpoint } from '../../container/defaults.ts';
import type { EndpointSettings } from '../../container/types.ts';
import type { Daemon } from '../../daemon.ts';
import { json, param, type ApiRequest, type Reply } from '../../request.ts';
import { OS } from '../../platform.ts';

export function inspect(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const described = describe(daemon, container, request.query.flag('size'));
  if (request.apiVersion >= 45) return json(described);
  const { NetworkSettings } = described;
  return json({ ...described, NetworkSettings: { ...NetworkSettings, Networks: olderNetworks(container) } });
}

/** API 1.44 and older, which has no DNSNames, tells short ID and host name among the aliases of networks that have names. */
function olderNetworks({ id, config, networks }: Container): Container['networks'] {
  const older = (name: string, settings: EndpointSettings): EndpointSettings =>
    ['bridge', 'host', 'none'].includes(name)
      ? settings
      : { ...settings, Aliases: [...new Set([...(settings.Aliases ?? []), id.slice(0, 12), config.Hostname])] };
  return Object.fromEntries(Object.entries(networks).map(([name, settings]) => [name, older(name, settings)]));
}

function describe(
  daemon: Daemon,
  container: Container,
  withSize: boolean,
): { readonly NetworkSettings: object } & Readonly<Record<string, unknown>> {
  const { id, layer, config, hostConfig } = container;
  const directory = daemon.containers.directory(id);
  const size = withSize ? sizes(daemon, container) : undefined;
  return {
    Id: id,
    Created: container.created,
    Path: container.path,
    Args: container.args,
    State: stateOf(container),
    Image: container.imageId,
    ResolvConfPath: `${directory}/resolv.conf`,
    HostnamePath: `${directory}/hostname`,
    HostsPath: `${directory}/hosts`,
    LogPath: hostConfig.LogConfig.Type === 'none' ? '' : logPath(daemon, container),
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: OS,
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: runningExecs(container),
    HostConfig: { ...hostConfig, Links: describeLinks(daemon, container) },
    GraphDriver: {
      Data: {
        ID: id,
        LowerDir: layer.lowerDirs.join(':'),
        MergedDir: layer.mergedDir,
        UpperDir: layer.upperDir,
        WorkDir: layer.workDir,
      },
      Name: 'overlay2',
    },
    ...(size && { SizeRw: size.rw, SizeRootFs: size.rootFs }),
    Mounts: container.mounts,
    Config: config,
    NetworkSettings: networkSettings(container),
  };
}

/** Those that have ended can be asked for by their IDs only. */
function runningExecs({ execs }: Container): string[] | null {
  const ids = [...execs.values()].filter((exec) => exec.status !== 'exited').map((exec) => exec.id);
  return ids.length > 0 ? ids : null;
}

/** A restarting container counts as running, as in Docker. */
function stateOf({ state }: Container): object {
  const { status } = state;
  return {
    Status: status,
    Running: status === 'running' || status === 'paused' || status === 'restarting',
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health && { Health: state.health }),
  };
}

function networkSettings(container: Container): object {
  // The default bridge's address stands at the top as well, for old clients.
  const first = container.networks['bridge'] ?? defaultEndpoint();
  return {
    Bridge: '',
    SandboxID: container.sandboxKey === '' ? '' : container.id,
    SandboxKey: container.sandboxKey,
    Ports: container.state.pid === 0 ? {} : container.ports,
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: first.EndpointID,
    Gateway: first.Gateway,
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: first.IPAddress,
    IPPrefixLen: first.IPPrefixLen,
    IPv6Gateway: '',
    MacAddress: first.MacAddress,
    Networks: container.networks,
  };
}
