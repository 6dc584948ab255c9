// `docker create`: from an image and the client's wishes to a container on disk that can be started. No kernel object
// exists yet besides its directories. Undone completely if any step fails.
import type { Image } from '../../image/images.ts';
import * as sys from '../../sys/index.ts';
import type { Daemon } from '../daemon.ts';
import { rfc3339Nano } from '../time.ts';
import { newState, eventAttributes, revive, type Container } from './container.ts';
import { mergeImageConfig } from './merge.ts';
import { resolveMounts } from './mounts.ts';
import { endpointsFor } from './endpoints.ts';
import { discardUnsupported } from './kernel-support.ts';
import { linksFor, renamed } from './links.ts';
import { portMap, portRequests } from './ports.ts';
import type { ContainerConfig, EndpointSettings, HostConfig } from './types.ts';
import { copyUpVolumes } from './copy-up.ts';
import { invalidParameter } from '../errors.ts';
import { checkLimits, checkNetworkMode, normaliseHostConfig } from './validate.ts';

export interface CreateRequest {
  /** '' makes one up. */
  readonly name: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly endpoints: Readonly<Record<string, Partial<EndpointSettings>>>;
}

export interface Created {
  readonly container: Container;
  readonly warnings: readonly string[];
}

export async function createContainer(daemon: Daemon, request: CreateRequest): Promise<Created> {
  const image = request.config.Image === '' ? undefined : daemon.images.require(request.config.Image);
  const config = mergeImageConfig(request.config, image?.config.config ?? {});
  const hostConfig = normaliseHostConfig(daemon, request.hostConfig);
  checkLimits(config, hostConfig);
  checkNetworkMode(request.config, hostConfig);
  const warnings = warningsFor(image, hostConfig);
  const [path, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (path === undefined || path === '') throw invalidParameter('no command specified');
  portRequests(config, hostConfig);
  const links = linksFor(daemon, hostConfig);

  const id = sys.randomHex(32);
  const name = daemon.containers.reserve(request.name, id);
  const undo: (() => void)[] = [() => daemon.containers.release(name)];
  try {
    sys.mkdir(daemon.containers.directory(id), 0o710);
    undo.push(() => sys.removeTree(daemon.containers.directory(id)));
    const layer = daemon.layers.createContainerLayer(id, image?.chainIds.at(-1));
    undo.push(() => daemon.layers.removeContainerLayer(id));
    const begun: string[] = [];
    undo.push(() => begun.filter((v) => daemon.volumes.find(v)).forEach((v) => daemon.volumes.remove(v, [])));
    const mounts = resolveMounts(
      {
        volumes: daemon.volumes,
        findContainer: (nameOrId) => daemon.containers.require(nameOrId),
        onNewVolume: (volume) => {
          begun.push(volume);
          daemon.containers.noteBegun(id, begun);
        },
      },
      config,
      hostConfig,
    );
    if (config.Hostname === '' && hostConfig.UTSMode !== 'host') config.Hostname = hostnameFor(id, hostConfig);
    const container = revive(
      {
        id,
        name,
        created: now(),
        path,
        args,
        config,
        imageId: image?.id ?? '',
        state: newState(),
        restartCount: 0,
        stoppedByUser: false,
        mounts: mounts.points,
        networks: endpointsFor(daemon, { id, name, config, hostConfig }, request.endpoints),
        ...(links.length > 0 && { links }),
        ports: portMap(config, []),
        sandboxKey: '',
      },
      hostConfig,
      layer,
    );
    await copyUpVolumes(daemon, container, mounts.created);
    daemon.containers.add(container);
    daemon.containers.saveNew(container);
    renamed(daemon, container);
    if (begun.length > 0) daemon.containers.noteBegun(id, []);
    for (const volume of mounts.created) daemon.events.emit('volume', 'create', volume, { driver: 'local' });
    daemon.events.emit('container', 'create', id, eventAttributes(container));
    return { container, warnings };
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

export function now(): string {
  const { seconds, nanoseconds } = sys.realtime();
  return rfc3339Nano({ seconds, nanos: nanoseconds });
}

function hostnameFor(id: string, host: HostConfig): string {
  return host.NetworkMode === 'host' ? sys.readText('/proc/sys/kernel/hostname').trim() : id.slice(0, 12);
}

function warningsFor(image: Image | undefined, host: HostConfig): string[] {
  const warnings: string[] = [];
  if (image && image.config.architecture !== '386' && image.config.architecture !== 'i386') {
    warnings.push(
      `The requested image's platform (linux/${image.config.architecture}) does not match the detected host platform (linux/386) and no specific platform was requested`,
    );
  }
  warnings.push(...discardUnsupported(host));
  if (host.NetworkMode === 'host' && Object.keys(host.PortBindings).length > 0) {
    warnings.push('Published ports are discarded when using host network mode');
  }
  return warnings;
}
