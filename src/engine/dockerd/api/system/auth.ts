// POST /auth: are these credentials good? Asked of the registry itself.
import { credentialsOf } from '../../../image/registry/auth.ts';
import { RegistryClient } from '../../../image/registry/client.ts';
import { endpointsOf } from '../../../image/registry/endpoints.ts';
import type { Daemon } from '../../daemon.ts';
import { ApiError, systemError } from '../../errors.ts';
import { bodyOf, json, type ApiRequest, type Reply } from '../../request.ts';

export async function auth(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const body = await bodyOf(request);
  const server = String(body['serveraddress'] ?? '')
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '');
  const domain = server === '' || server === 'index.docker.io' ? 'docker.io' : server;
  const [endpoint] = endpointsOf(domain, daemon.config);
  if (!endpoint) throw systemError(`no endpoint for ${domain}`);
  const client = new RegistryClient(endpoint, '', credentialsOf(body), 'pull');
  const response = await client.send('GET', '/v2/');
  client.close();
  if (response.ok) return json({ Status: 'Login Succeeded', IdentityToken: '' });
  if (response.status === 401)
    throw new ApiError(
      'unauthorized',
      `login attempt to http://${endpoint.name}/v2/ failed with status: 401 Unauthorized`,
    );
  throw systemError(`login attempt to http://${endpoint.name}/v2/ failed with status: ${response.status}`);
}
