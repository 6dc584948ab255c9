// POST /containers/{id}/rename?name=
import { eventAttributes } from '../../container/container.ts';
import { renamed } from '../../container/links.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { empty, param, type ApiRequest, type Reply } from '../../request.ts';

export async function rename(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const container = daemon.containers.require(param(request));
  const wanted = request.query.get('name');
  if (wanted === '') throw invalidParameter('Neither old nor new names may be empty');
  await container.lock.run(() => {
    if (wanted.replace(/^\//, '') === container.name)
      throw invalidParameter('Renaming a container with the same name as its current name');
    const oldName = container.name;
    const name = daemon.containers.reserve(wanted, container.id);
    daemon.containers.release(oldName);
    container.name = name;
    for (const settings of Object.values(container.networks)) {
      settings.DNSNames = settings.DNSNames?.map((known) => (known === oldName ? name : known)) ?? null;
    }
    daemon.networks.rename(container.id, oldName, name);
    daemon.containers.saveLasting(container);
    renamed(daemon, container);
    daemon.events.emit('container', 'rename', container.id, eventAttributes(container, { oldName: `/${oldName}` }));
  });
  return empty();
}
