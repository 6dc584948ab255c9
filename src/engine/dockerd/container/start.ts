// `docker start`: everything between a container on disk and a running process, in the order of events. What fails half
// way is taken back in the reverse order. The kernel work itself is containerd's, runc's and the network code's.
import { openConsole } from '../../containerd/client.ts';
import { spanInstant } from '../../span.ts';
import type { Daemon } from '../daemon.ts';
import { conflict, invalidParameter, messageOf, notModified, systemError } from '../errors.ts';
import { now } from './create.ts';
import { drain, eventAttributes, type Container } from './container.ts';
import { describeEndpoint, endpointRequest } from './endpoints.ts';
import { startHealthChecks } from './health.ts';
import { tellLinking } from './links.ts';
import { openLog } from './logging.ts';
import { writeNetworkFiles } from './network-files.ts';
import { portMap } from './ports.ts';
import { releaseResources } from './release.ts';
import { removeContainer } from './remove.ts';
import { mountShm } from './shm.ts';
import { cgroupsPathOf, makeSpec } from './spec.ts';
import { closeFifos, openFifos, Streams } from './streams.ts';

export function startContainer(daemon: Daemon, container: Container, span?: string): Promise<void> {
  return container.lock.run(async () => {
    switch (container.state.status) {
      case 'running':
        throw notModified();
      case 'paused':
        throw conflict('cannot start a paused container, try unpause instead');
      case 'removing':
      case 'dead':
        throw conflict('container is marked for removal and cannot be started');
      case 'restarting':
        throw notModified();
    }
    container.stoppedByUser = false;
    container.restartCount = 0;
    container.restartDelayMs = 0;
    await launch(daemon, container, span);
  });
}

/** The work of a start; the caller holds the lock. On failure the state says why, and the error is thrown on. */
export async function launch(daemon: Daemon, container: Container, span?: string): Promise<void> {
  const { state } = container;
  try {
    const pid = await bringUp(daemon, container, span);
    Object.assign(state, { status: 'running', pid, exitCode: 0, error: '', oomKilled: false, startedAt: now() });
    container.stopping = false;
    daemon.containers.save(container);
    daemon.events.emit('container', 'start', container.id, eventAttributes(container));
    startHealthChecks(daemon, container);
  } catch (error) {
    const { exitCode, failure } = explain(container, error);
    await daemon.containerd.call('delete', { id: container.id, force: true }).catch(() => undefined);
    releaseResources(daemon, container);
    Object.assign(state, {
      status: state.status === 'created' ? 'created' : 'exited',
      pid: 0,
      exitCode,
      error: failure.message,
    });
    daemon.containers.save(container);
    for (const waiter of drain(container.exitWaiters)) waiter(exitCode, failure.message);
    // The client of `run --rm` waits for the removal also when nothing was started.
    if (container.hostConfig.AutoRemove) await removeContainer(daemon, container, { volumes: true });
    throw failure;
  }
}

async function bringUp(daemon: Daemon, container: Container, span: string | undefined): Promise<number> {
  const { id, config, hostConfig } = container;
  // 1. The root file system: overlay of the image's layers and the container's own.
  const root = daemon.layers.mount(container.layer);
  for (const point of container.mounts) if (point.Type === 'volume') daemon.volumes.mount(point.Name ?? '');
  mountShm(daemon, container);

  if (hostConfig.NetworkMode.startsWith('container:')) {
    const { Hostname, Domainname } = daemon.containers.require(hostConfig.NetworkMode.slice(10)).config;
    Object.assign(config, { Hostname, Domainname });
  }

  // 2. Addresses, which /etc/hosts needs before the container exists. No kernel work yet.
  const endpoints = allocateEndpoints(daemon, container);
  writeNetworkFiles(daemon, container);
  tellLinking(daemon, container);

  // 3. Pipes for its output, and the log behind them.
  const spec = makeSpec(daemon, container, root);
  const fifos = config.Tty
    ? undefined
    : openFifos(`${daemon.config.execRoot}/containerd/${id}`, 'init', config.OpenStdin);
  const streams = container.streams ?? new Streams();
  container.streams = streams;
  streams.onStdinClosed = () => void daemon.containerd.call('closeStdin', { id }).catch(() => undefined);
  openLog(daemon, container, streams);
  announce(container, span);

  // 4. containerd makes the container; its first process waits just before the execve.
  const stdio = fifos?.stdio ?? {};
  const created = await daemon.containerd
    .call('create', { id, spec, stdio, ...(span !== undefined && { span }) })
    .catch((error: unknown) => {
      closeFifos(fifos);
      throw error;
    });
  if (fifos) streams.useFifos(fifos);
  else if (created.console) streams.useConsole(openConsole(created.console), config.OpenStdin);

  // 5. Its network namespace exists now: plug it in, publish its ports.
  const bindings = endpoints.flatMap((endpointId) => {
    const joined = daemon.networks.join(endpointId, created.pid);
    container.sandboxKey = joined.joined?.sandboxKey ?? '';
    return joined.joined?.bindings ?? [];
  });
  // All its networks may have been taken from it; it can be plugged in again.
  if (endpoints.length === 0 && !hostConfig.NetworkMode.startsWith('container:'))
    container.sandboxKey = daemon.networks.isolate(id, created.pid);
  container.ports = portMap(config, bindings);
  for (const [network, settings] of Object.entries(container.networks)) {
    daemon.events.emit('network', 'connect', settings.NetworkID, {
      container: id,
      name: network,
      type: driverOf(daemon, settings.NetworkID),
    });
  }
  for (const point of container.mounts) {
    if (point.Type !== 'volume') continue;
    const attributes = {
      container: id,
      destination: point.Destination,
      driver: 'local',
      propagation: point.Propagation,
      'read/write': String(point.RW),
    };
    daemon.events.emit('volume', 'mount', point.Name ?? '', attributes);
  }

  // 6. Go.
  if (config.Tty && hostConfig.ConsoleSize[0] > 0) {
    await daemon.containerd.call('resize', { id, height: hostConfig.ConsoleSize[0], width: hostConfig.ConsoleSize[1] });
  }
  await daemon.containerd.call('start', { id, ...(span !== undefined && { span }) });
  return created.pid;
}

function driverOf(daemon: Daemon, networkId: string): string {
  return daemon.networks.find(networkId)?.Driver ?? 'bridge';
}

/** Endpoint ids, the network of --network first; container:… has none. */
function allocateEndpoints(daemon: Daemon, container: Container): string[] {
  const ids: string[] = [];
  for (const [name, settings] of Object.entries(container.networks)) {
    const network = daemon.networks.find(name);
    if (!network) throw systemError(`network ${name} not found`);
    settings.NetworkID = network.Id;
    const endpoint = daemon.networks.allocate({
      networkId: network.Id,
      containerId: container.id,
      containerName: container.name,
      ...(container.config.MacAddress && ids.length === 0 && { mac: container.config.MacAddress }),
      ...endpointRequest(container, settings),
    });
    describeEndpoint(settings, endpoint);
    ids.push(endpoint.id);
  }
  return ids;
}

/** Tells the kernel's trace which container the following is about. */
function announce(container: Container, span: string | undefined): void {
  const { id, name, config, layer, networks } = container;
  spanInstant(
    'dockerd',
    'container.config',
    {
      id,
      name,
      image: config.Image,
      layers: layer.lowerDirs.map(cacheIdOf),
      mergedDir: layer.mergedDir,
      upperDir: layer.upperDir,
      ports: container.hostConfig.PortBindings,
      cgroup: cgroupsPathOf(container),
      networks: Object.keys(networks),
    },
    span,
  );
}

/** `…/overlay2/<cache id>/diff` → the first 12 digits of the cache id, so that the marker stays within a kilobyte. */
function cacheIdOf(dir: string): string {
  const name = dir.split('/').at(-2) ?? '';
  return name.endsWith('-init') ? `${name.slice(0, 12)}-init` : name.slice(0, 12);
}

/** Exit code and error kind follow from runc's text, as in Docker: clients turn them into 125, 126 and 127. */
function explain(container: Container, error: unknown): { exitCode: number; failure: Error } {
  const isTaskError = error instanceof Error && error.name === 'TaskError';
  const text = (isTaskError ? 'failed to create task for container: ' : '') + messageOf(error);
  const lower = text.toLowerCase();
  if (!isTaskError) return { exitCode: 128, failure: error instanceof Error ? error : systemError(text) };
  const missing = ['executable file not found', 'no such file or directory'].some((words) => lower.includes(words));
  if (missing && text.includes(container.path)) return { exitCode: 127, failure: invalidParameter(text) };
  if (lower.includes('permission denied') || lower.includes('is a directory'))
    return { exitCode: 126, failure: invalidParameter(text) };
  if (lower.includes('not a directory')) {
    const hint =
      ': Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';
    return { exitCode: 127, failure: invalidParameter(text + hint) };
  }
  return { exitCode: 128, failure: systemError(text) };
}
