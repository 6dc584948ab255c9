// GET /containers/json?all=&limit=&size=&filters=: what `docker ps` shows. Each container's answer is kept as text and
// only its changing words are put in, because this list is asked for all the time.
import { summaryOf } from '../../container/summary.ts';
import { isRunning, type Container } from '../../container/container.ts';
import { parsePort } from '../../container/ports.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { Filters } from '../../filters.ts';
import type { ApiRequest, Reply } from '../../request.ts';

const FILTERS = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'isolation',
  'is-task',
  'label',
  'label!',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];
const STATES = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];

export function list(daemon: Daemon, request: ApiRequest): Reply {
  const { query } = request;
  const filters = Filters.parse(query.get('filters'), FILTERS);
  for (const state of filters.get('status'))
    if (!STATES.includes(state)) throw invalidParameter(`invalid filter 'status=${state}'`);
  const limit = query.integer('limit', 0);
  // A filter on the state speaks of all containers, not of the running ones.
  const all =
    query.flag('all') ||
    limit > 0 ||
    filters.has('status') ||
    filters.has('exited') ||
    filters.has('before') ||
    filters.has('since');
  const pass = makePredicate(daemon, filters);
  let found = daemon.containers
    .all()
    .filter((container) => (all || isRunning(container) || container.state.status === 'restarting') && pass(container));
  if (limit > 0) found = found.slice(0, limit);
  const withSize = query.flag('size');
  const text = found.map((container) => summaryOf(daemon, container, withSize)).join(',');
  return { kind: 'json', status: 200, text: `[${text}]` };
}

function makePredicate(daemon: Daemon, filters: Filters): (container: Container) => boolean {
  if (filters.isEmpty) return () => true;
  const bound = (name: 'before' | 'since'): Container | undefined => {
    const [value] = filters.get(name);
    return value === undefined ? undefined : daemon.containers.require(value);
  };
  const [before, since] = [bound('before'), bound('since')];
  const ancestors = filters
    .get('ancestor')
    .map((name) => daemon.images.find(name))
    .filter((image) => image !== undefined);
  const isDescendant = (container: Container): boolean => {
    const image = daemon.images.get(container.imageId);
    return (
      image !== undefined && ancestors.some((ancestor) => ancestor.chainIds.every((id, i) => image.chainIds[i] === id))
    );
  };
  return (container) => {
    const { state, config, networks, mounts } = container;
    return (
      filters.match('id', container.id) &&
      filters.any('name', (pattern) => matchesName(pattern, container.name)) &&
      filters.labels(config.Labels) &&
      filters.exact('status', state.status) &&
      filters.exact('health', state.health?.Status ?? 'none') &&
      filters.any('exited', (code) => state.status === 'exited' && String(state.exitCode) === code) &&
      filters.any(
        'network',
        (wanted) => wanted in networks || Object.values(networks).some((n) => n.NetworkID.startsWith(wanted)),
      ) &&
      filters.any('volume', (wanted) =>
        mounts.some((point) => point.Name === wanted || point.Destination === wanted),
      ) &&
      filters.any(
        'publish',
        (port) =>
          hasPort(
            Object.entries(container.ports).flatMap(([name, bound]) => (bound ? [name] : [])),
            port,
          ) || published(container, port),
      ) &&
      filters.any('expose', (port) => hasPort(Object.keys(config.ExposedPorts ?? {}), port)) &&
      (!filters.has('ancestor') || isDescendant(container)) &&
      (!before || container.created < before.created) &&
      (!since || container.created > since.created)
    );
  };
}

/** Both with and without the slash that names begin with on the wire. */
function matchesName(pattern: string, name: string): boolean {
  try {
    const expression = new RegExp(pattern);
    return expression.test(name) || expression.test(`/${name}`);
  } catch {
    return false;
  }
}

/** `80`, `80/tcp`, `8000-8080/tcp` */
function hasPort(names: readonly string[], wanted: string): boolean {
  const [range = '', protocol = 'tcp'] = wanted.split('/');
  const [first, last = first] = range.split('-').map(Number);
  return names
    .map(parsePort)
    .some(({ port, protocol: p }) => p === protocol && port >= (first ?? 0) && port <= (last ?? 0));
}

function published(container: Container, wanted: string): boolean {
  return Object.values(container.ports).some((bindings) =>
    bindings?.some(({ HostPort }) => hasPort([HostPort], wanted)),
  );
}
