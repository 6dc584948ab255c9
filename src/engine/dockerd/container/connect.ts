// Plugs a container into a network and out of it after it was made. The caller holds the lock.
import type { NetworkRecord } from '../../network/index.ts';
import type { Daemon } from '../daemon.ts';
import { ApiError, conflict } from '../errors.ts';
import { asking } from '../network-errors.ts';
import { isRunning, type Container } from './container.ts';
import { describeEndpoint, endpointRequest, endpointSettings } from './endpoints.ts';
import { writeNetworkFiles } from './network-files.ts';
import { portMap } from './ports.ts';
import type { EndpointSettings } from './types.ts';

export function connectNetwork(
  daemon: Daemon,
  container: Container,
  network: NetworkRecord,
  given: Partial<EndpointSettings>,
): void {
  const mode = container.hostConfig.NetworkMode;
  if (mode === 'host')
    throw conflict(
      "container cannot be connected to host network mode networks: the container shares the host's network namespace",
    );
  if (mode.startsWith('container:'))
    throw new ApiError(
      'invalidParameter',
      'container sharing network namespace with another container or host cannot be connected to any other network',
    );
  if (network.Driver === 'host')
    throw new ApiError(
      'forbidden',
      'container cannot be connected to host network - container must be created in host network mode',
    );
  if (network.Driver === 'null' || mode === 'none')
    throw new ApiError(
      'forbidden',
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    );
  // One that does not run has no endpoint that could be in the way: nothing is changed.
  if (network.Name in container.networks && !isRunning(container)) return;
  if (network.Name in container.networks)
    throw new ApiError('forbidden', `endpoint with name ${container.name} already exists in network ${network.Name}`);
  const settings = endpointSettings(container, network, given);
  if (isRunning(container)) {
    const endpoint = asking(() =>
      daemon.networks.allocate({
        networkId: network.Id,
        containerId: container.id,
        containerName: container.name,
        ...endpointRequest(container, settings),
      }),
    );
    describeEndpoint(
      settings,
      asking(() => daemon.networks.join(endpoint.id, container.state.pid)),
    );
  }
  container.networks[network.Name] = settings;
  if (isRunning(container)) followNetworks(daemon, container);
  daemon.containers.saveLasting(container);
  daemon.events.emit('network', 'connect', network.Id, {
    container: container.id,
    name: network.Name,
    type: network.Driver,
  });
}

export function disconnectNetwork(daemon: Daemon, container: Container, network: NetworkRecord): void {
  const settings = container.networks[network.Name];
  if (!settings)
    throw new ApiError('forbidden', `container ${container.id} is not connected to network ${network.Name}`);
  if (network.Driver === 'host')
    throw new ApiError(
      'forbidden',
      'container cannot be disconnected from host network - container can only be created in host network mode',
    );
  if (settings.EndpointID !== '') asking(() => daemon.networks.leave(settings.EndpointID));
  delete container.networks[network.Name];
  if (isRunning(container)) followNetworks(daemon, container);
  daemon.containers.saveLasting(container);
  daemon.events.emit('network', 'disconnect', network.Id, {
    container: container.id,
    name: network.Name,
    type: network.Driver,
  });
}

/**
 * After dockerd's start, of a container that runs on: a connection or disconnection that was cut off is taken back, or finished. The
 * network code's endpoints are what the kernel has; the container's record may be a step behind.
 */
export function settleNetworks(daemon: Daemon, container: Container): void {
  const { networks } = daemon;
  const recorded = Object.entries(container.networks);
  const lost = recorded.filter(([, { NetworkID, EndpointID }]) => {
    const isPlugged = (networks.find(NetworkID)?.Driver ?? 'bridge') === 'bridge';
    return isPlugged && networks.endpoint(EndpointID) === undefined;
  });
  const known = new Set(recorded.map(([, { EndpointID }]) => EndpointID));
  const unknown = networks.endpointsOf({ containerId: container.id }).filter(({ id }) => !known.has(id));
  if (lost.length + unknown.length === 0) return;
  for (const [name] of lost) delete container.networks[name];
  for (const { id } of unknown) networks.leave(id);
  networks.settle(container.id);
  followNetworks(daemon, container);
  daemon.containers.save(container);
}

/** Files inside, and the ports: they go with the network that gives the default route, which may be another now. */
function followNetworks(daemon: Daemon, container: Container): void {
  writeNetworkFiles(daemon, container);
  const endpoints = daemon.networks.endpointsOf({ containerId: container.id });
  const bindings = endpoints.flatMap((endpoint) => endpoint.joined?.bindings ?? []);
  container.ports = portMap(container.config, bindings);
}
