// POST /volumes/create
import type { Daemon } from '../../daemon.ts';
import { notFound } from '../../errors.ts';
import { bodyOf, json, type ApiRequest, type Reply } from '../../request.ts';
import { describeVolume } from './describe.ts';

export async function create(daemon: Daemon, request: ApiRequest): Promise<Reply> {
  const body = (await bodyOf(request)) as {
    Name?: string;
    Driver?: string;
    Labels?: Record<string, string> | null;
    DriverOpts?: Record<string, string> | null;
  };
  const driver = body.Driver || 'local';
  if (driver !== 'local') throw notFound(`error looking up volume plugin ${driver}: plugin "${driver}" not found`);
  const options = Object.keys(body.DriverOpts ?? {}).length > 0 ? (body.DriverOpts ?? null) : null;
  const { volume, isNew } = daemon.volumes.create({ name: body.Name ?? '', labels: body.Labels ?? null, options });
  if (isNew) daemon.events.emit('volume', 'create', volume.name, { driver: 'local' });
  return json(describeVolume(daemon, volume), 201);
}
