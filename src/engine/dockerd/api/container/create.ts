// POST /containers/create?name=&platform=
import { createContainer } from '../../container/create.ts';
import { defaultConfig, defaultHostConfig, fill } from '../../container/defaults.ts';
import type { EndpointSettings } from '../../container/types.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter, notFound } from '../../errors.ts';
import { bodyOf, json, type ApiRequest, type Reply } from '../../request.ts';
import { formatPlatform, isHostPlatform, parsePlatform } from '../../platform.ts';

export async function create(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const { HostConfig, NetworkingConfig, ...config } = await bodyOf(request, true);
  if (Object.keys(config).length === 0) throw invalidParameter('config cannot be empty in order to create a container');
  const platform = request.query.get('platform');
  const wanted = String(config['Image'] ?? '');
  if (platform !== '' && !isHostPlatform(platform)) {
    throw notFound(
      `image with reference ${wanted} was found but does not provide the specified platform (${formatPlatform(parsePlatform(platform))})`,
    );
  }
  const { container, warnings } = await createContainer(daemon, {
    name: request.query.get('name'),
    config: fill(defaultConfig(), config, 'Config'),
    hostConfig: fill(defaultHostConfig(), record(HostConfig), 'HostConfig'),
    endpoints: record(record(NetworkingConfig)['EndpointsConfig']) as Record<string, Partial<EndpointSettings>>,
  });
  return json({ Id: container.id, Warnings: warnings }, 201);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
