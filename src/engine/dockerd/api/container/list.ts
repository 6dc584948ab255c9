// GET /containers/json?all=&limit=&size=&filters=: what `docker ps` shows. Each container's answer is kept as text and
// only its changing words are put in, because this list is asked for all the time.
import { shownPorts, summaryOf } from '../../container/summary.ts';
import { isRunning, type Container } from '../../container/container.ts';
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
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];
const HEALTH = ['none', 'starting', 'healthy', 'unhealthy'];
const STATES = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];

export function list(daemon: Daemon, request: ApiRequest): Reply {
  const { query } = request;
  const filters = Filters.parse(query.get('filters'), FILTERS);
  checkValues(filters);
  const limit = query.integer('limit', 0);
  // Of the filters only the one on the state speaks of all containers, not of the running ones.
  const all = query.flag('all') || limit > 0 || filters.has('status');
  const pass = makePredicate(daemon, filters);
  let found = daemon.containers
    .all()
    .filter((container) => (all || isRunning(container) || container.state.status === 'restarting') && pass(container));
  if (limit > 0) found = found.slice(0, limit);
  const withSize = query.flag('size');
  const text = found.map((container) => summaryOf(daemon, container, withSize)).join(',');
  return { kind: 'json', status: 200, text: `[${text}]` };
}

function checkValues(filters: Filters): void {
  for (const code of filters.get('exited'))
    if (!/^[+-]?\d+$/.test(code))
      throw invalidParameter(`strconv.Atoi: parsing ${JSON.stringify(code)}: invalid syntax`);
  for (const state of filters.get('status'))
    if (!STATES.includes(state)) throw invalidParameter(`invalid filter 'status=${state}'`);
  for (const health of filters.get('health'))
    if (!HEALTH.includes(health)) throw invalidParameter(`Unrecognised filter value for health: ${health}`);
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
  const ids = filters.get('id').map((id) => idOf(daemon, id));
  const publish = filters.get('publish').map((text) => parseRange('publish', text));
  const expose = filters.get('expose').map((text) => parseRange('expose', text));
  // There are no tasks: none is of a swarm.
  if (filters.has('is-task') && filters.bool('is-task', false)) return () => false;
  return (container) => {
    const { state, config, networks, mounts } = container;
    return (
      (ids.length === 0 || ids.includes(container.id)) &&
      filters.any('name', (pattern) => matchesName(pattern, container.name)) &&
      filters.labels(config.Labels) &&
      filters.exact('status', state.status) &&
      filters.exact('health', state.health?.Status ?? 'none') &&
      filters.any('exited', (code) => state.status === 'exited' && state.exitCode === Number(code)) &&
      filters.any(
        'network',
        (wanted) => wanted in networks || Object.values(networks).some((n) => n.NetworkID.startsWith(wanted)),
      ) &&
      filters.any('volume', (wanted) =>
        mounts.some((point) => (point.Name ?? point.Source) === wanted || point.Destination === wanted),
      ) &&
      hasPort(container, publish, expose) &&
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

/** An ID or the unambiguous beginning of one. */
function idOf(daemon: Daemon, id: string): string | undefined {
  const found = daemon.containers.all().filter((container) => container.id.startsWith(id));
  return found.length === 1 ? found[0]?.id : undefined;
}

/** One of its ports, as the list shows them, is published on one of `publish` or is one of `expose`. */
function hasPort(container: Container, publish: readonly PortRange[], expose: readonly PortRange[]): boolean {
  if (publish.length === 0 && expose.length === 0) return true;
  const within = (ranges: readonly PortRange[], port: number | undefined, type: string): boolean =>
    ranges.some(
      ({ first, last, protocol }) => port !== undefined && protocol === type && port >= first && port <= last,
    );
  return shownPorts(container).some(
    ({ PublicPort, PrivatePort, Type }) => within(publish, PublicPort, Type) || within(expose, PrivatePort, Type),
  );
}

interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly protocol: string;
}

/** `80`, `80/tcp`, `8000-8080/tcp` */
function parseRange(filter: string, text: string): PortRange {
  if (text.includes(':')) throw invalidParameter(`filter for '${filter}' should not contain ':': ${text}`);
  const [, first = '', last = first, protocol = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  if (first === '' || Number(last) < Number(first) || Number(last) > 65535) {
    const why = text === '' ? 'empty string specified for ports.' : `invalid port range: ${text}`;
    throw invalidParameter(`error while looking up for ${filter} ${text}: ${why}`);
  }
  return { first: Number(first), last: Number(last), protocol };
}
