// Operations for the torture runs: each does one thing to the engine with what there is at the moment. A refusal (4xx) is a good
// answer, a 5xx is not unless it is in the words of a known kind.
import type { Guest } from './suites.ts';
import type { Chance } from './chance.ts';

export interface Done {
  readonly what: string;
  readonly status: number;
  readonly body: string;
}

interface Room {
  readonly session: Guest;
  readonly chance: Chance;
  readonly containers: readonly { readonly Id: string; readonly State: string }[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

const CONTAINERS_MAX = 12;
const NETWORKS_MAX = 4;
const VOLUMES_MAX = 6;
/** Ports, names and networks are few, so that conflicts come. */
const PORTS = ['9001', '9002', '9003'];
const PROGRAMS = [
  ['sleep', '1000'],
  ['sh', '-c', 'trap "exit 3" TERM; sleep 1000 & wait'],
  ['sh', '-c', 'head -c 20000 /dev/zero | tr "\\\\0" x; echo; sleep 1000'],
  ['true'],
  ['nosuch'],
];

type Operation = (room: Room) => [method: string, path: string, body?: unknown] | undefined;

const some = ({ containers, chance }: Room): string | undefined =>
  containers.length === 0 ? undefined : chance.pick(containers).Id;

const on =
  (path: string, method = 'POST'): Operation =>
  (room) => {
    const id = some(room);
    return id === undefined ? undefined : [method, path.replace('ID', id)];
  };

const create: Operation = ({ chance, containers, networks, volumes }) => {
  if (containers.length >= CONTAINERS_MAX) return ['DELETE', `/containers/${chance.pick(containers).Id}?force=1&v=1`];
  const mode = chance.pick(['bridge', 'bridge', 'host', 'none', ...networks, ...networks]);
  const host = {
    NetworkMode: mode,
    AutoRemove: chance.below(5) === 0,
    Init: chance.below(6) === 0,
    ...(chance.below(3) === 0 && { PortBindings: { '80/tcp': [{ HostPort: chance.pick(PORTS) }] } }),
    ...(chance.below(3) === 0 && volumes.length > 0 && { Binds: [`${chance.pick(volumes)}:/data`] }),
    ...(chance.below(4) === 0 && { Memory: 8 << 20 }),
  };
  const policy = chance.pick(['no', 'no', 'no', 'on-failure', 'unless-stopped']);
  const body = {
    Image: 'busybox',
    Cmd: chance.pick(PROGRAMS),
    ...(chance.below(4) === 0 && { Volumes: { '/anonymous': {} } }),
    HostConfig: { ...host, ...(!host.AutoRemove && { RestartPolicy: { Name: policy } }) },
  };
  return [
    'POST',
    chance.below(3) === 0 ? `/containers/create?name=name${chance.below(4)}` : '/containers/create',
    body,
  ];
};

const network =
  (verb: 'connect' | 'disconnect'): Operation =>
  (room) => {
    const id = some(room);
    if (id === undefined || room.networks.length === 0) return undefined;
    return ['POST', `/networks/${room.chance.pick(room.networks)}/${verb}`, { Container: id }];
  };

export const OPERATIONS: Readonly<Record<string, readonly [weight: number, operation: Operation]>> = {
  create: [16, create],
  start: [22, on('/containers/ID/start')],
  stop: [5, on('/containers/ID/stop?t=0')],
  restart: [3, on('/containers/ID/restart?t=0')],
  kill: [4, on('/containers/ID/kill')],
  term: [3, on('/containers/ID/kill?signal=TERM')],
  pause: [4, on('/containers/ID/pause')],
  unpause: [5, on('/containers/ID/unpause')],
  remove: [3, on('/containers/ID', 'DELETE')],
  removeForce: [6, on('/containers/ID?force=1&v=1', 'DELETE')],
  logs: [2, on('/containers/ID/logs?stdout=1&tail=5', 'GET')],
  top: [1, on('/containers/ID/top', 'GET')],
  changes: [1, on('/containers/ID/changes', 'GET')],
  rename: [2, (room) => on(`/containers/ID/rename?name=name${room.chance.below(4)}`)(room)],
  update: [
    2,
    (room) => {
      const id = some(room);
      return id === undefined
        ? undefined
        : ['POST', `/containers/${id}/update`, { Memory: (8 + room.chance.below(8)) << 20 }];
    },
  ],
  networkCreate: [
    3,
    ({ networks, chance }) =>
      networks.length < NETWORKS_MAX ? ['POST', '/networks/create', { Name: `net${chance.below(1000)}` }] : undefined,
  ],
  networkRemove: [
    2,
    ({ networks, chance }) => (networks.length > 0 ? ['DELETE', `/networks/${chance.pick(networks)}`] : undefined),
  ],
  connect: [6, network('connect')],
  disconnect: [4, network('disconnect')],
  volumeCreate: [3, ({ volumes }) => (volumes.length < VOLUMES_MAX ? ['POST', '/volumes/create', {}] : undefined)],
  volumeRemove: [
    2,
    ({ volumes, chance }) => (volumes.length > 0 ? ['DELETE', `/volumes/${chance.pick(volumes)}`] : undefined),
  ],
  prune: [1, ({ chance }) => ['POST', `/${chance.pick(['containers', 'networks', 'volumes'])}/prune`]],
};

const NAMES = Object.entries(OPERATIONS).flatMap(([name, [weight]]) => Array.from({ length: weight }, () => name));

async function look(session: Guest, chance: Chance): Promise<Room> {
  const get = async <T>(path: string): Promise<T> => JSON.parse((await session.engine('GET', path)).body) as T;
  const containers = await get<Room['containers']>('/containers/json?all=1');
  const networks = (await get<{ Name: string }[]>('/networks'))
    .map(({ Name }) => Name)
    .filter((name) => /^net/.test(name));
  const volumes = (await get<{ Volumes: { Name: string }[] }>('/volumes')).Volumes.map(({ Name }) => Name);
  return { session, chance, containers, networks, volumes };
}

/** One operation by chance, and what the engine answered. */
export async function operate(session: Guest, chance: Chance): Promise<Done> {
  const room = await look(session, chance);
  for (;;) {
    const name = chance.pick(NAMES);
    const request = OPERATIONS[name]?.[1](room);
    if (!request) continue;
    const [method, path, body] = request;
    const answer = await session.engine(method, path, body);
    return {
      what: `${name}: ${method} ${path} ${body ? JSON.stringify(body) : ''}`,
      status: answer.status,
      body: answer.body,
    };
  }
}

/** Server errors that Docker gives too, for things that are the user's doing. */
const EXPECTED = [/port is already allocated/, /executable file not found/, /network \S+ not found/, /PID 1|cgroup/];

export function isGood({ status, body }: Done): boolean {
  return status < 500 || EXPECTED.some((words) => words.test(body));
}
