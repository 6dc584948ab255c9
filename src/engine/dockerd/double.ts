// A Daemon for unit tests under Node: real stores over the recording double's memory, a containerd that answers and can be
// told that a process ended, networks that hand out addresses.
import type { ContainerdMethod, TaskEvent } from '../containerd/api.ts';
import { ImageStore } from '../image/images.ts';
import { LayerStore } from '../image/layers.ts';
import { readerOf } from '../loop/index.ts';
import { AbortController } from '../loop/index.ts';
import type { Networks, NetworkRecord } from '../network/index.ts';
import { installDouble, type Double, type DoubleOptions } from '../sys/double.ts';
import { VolumeStore } from '../volume/volumes.ts';
import { layer } from './config.ts';
import { onTaskEvent } from './container/exit.ts';
import { ContainerSet } from './container/set.ts';
import type { Daemon } from './daemon.ts';
import { EventBus } from './events.ts';
import { Query } from './query.ts';
import type { ApiRequest, Reply } from './request.ts';
import { dispatch, Router, splitVersion } from './router.ts';
import { ROUTES } from './routes.ts';

export interface TestDaemon {
  readonly daemon: Daemon;
  readonly double: Double;
  /** Methods called on containerd, in order. */
  readonly asked: { method: ContainerdMethod; request: Record<string, unknown> }[];
  /** Action of every event so far, `type action`. */
  readonly told: string[];
  /** Makes containerd refuse the next call of a method. */
  refuse(method: ContainerdMethod, message: string): void;
  /** containerd reports that a container's process ended. */
  exits(id: string, exitStatus: number): Promise<void>;
  request(method: string, target: string, body?: unknown): Promise<Reply>;
  /** The body of a JSON answer. */
  json(method: string, target: string, body?: unknown): Promise<unknown>;
}

const CONFIG = {
  architecture: '386',
  os: 'linux',
  created: '2024-01-01T00:00:00Z',
  config: { Cmd: ['sh'], Env: ['PATH=/bin', 'A=1'], Labels: { from: 'image' } },
  rootfs: { type: 'layers', diff_ids: [`sha256:${'1'.repeat(64)}`] },
};

export function makeDaemon(options: DoubleOptions = {}): TestDaemon {
  let count = 0;
  const double: Double = installDouble({
    ...options,
    // FIFOs are files that are at their end.
    syscalls: { mknod: (path) => (double.files.set(String(path), ''), 0), ...options.syscalls },
    native: {
      randomBytes: (n) => new Uint8Array(n).fill(count++),
      ...options.native,
    },
  });
  const layers = new LayerStore('/docker');
  const images = new ImageStore('/docker', layers);
  layers.commit(layers.begin(), undefined, CONFIG.rootfs.diff_ids[0] ?? '', 1000);
  images.tag({ domain: 'docker.io', path: 'library/busybox', tag: 'latest' }, images.add(JSON.stringify(CONFIG)).id);
  const asked: TestDaemon['asked'] = [];
  const refusals = new Map<ContainerdMethod, string>();
  let pid = 100;
  const answers: Partial<Record<ContainerdMethod, () => unknown>> = {
    create: () => ({ pid: ++pid }),
    exec: () => ({ pid: ++pid }),
    pids: () => ({ pids: [] }),
    list: () => ({ tasks: [] }),
  };
  const call = (method: ContainerdMethod, request: Record<string, unknown>): Promise<unknown> => {
    asked.push({ method, request });
    const message = refusals.get(method);
    refusals.delete(method);
    if (message !== undefined)
      return Promise.reject(Object.assign(new Error(message), { name: 'TaskError', kind: 'unknown' }));
    return Promise.resolve(answers[method]?.() ?? {});
  };
  const daemon: Daemon = {
    id: 'test',
    config: { ...layer(new Map(), {}), dataRoot: '/docker', execRoot: '/run/docker' },
    startedAtMs: 0,
    events: new EventBus(),
    layers,
    images,
    volumes: new VolumeStore('/docker'),
    networks: fakeNetworks(),
    containers: new ContainerSet('/docker', layers),
    containerd: { call: call as Daemon['containerd']['call'] },
  };
  const told: string[] = [];
  daemon.events.subscribe((event) => told.push(`${event.type} ${event.action}`));
  const router = new Router(ROUTES);
  const request: TestDaemon['request'] = (method, target, body) =>
    dispatch(daemon, router, makeRequest(method, target, body));
  return {
    daemon,
    double,
    asked,
    told,
    refuse: (method, message) => void refusals.set(method, message),
    exits: async (id, exitStatus) => {
      const container = daemon.containers.require(id);
      const event: TaskEvent = {
        topic: '/tasks/exit',
        id: container.id,
        pid: container.state.pid,
        exitStatus,
        exitedAt: '2024-01-01T00:00:01Z',
        oomKilled: false,
      };
      onTaskEvent(daemon, event);
      await container.lock.run(() => undefined);
    },
    request,
    json: async (method, target, body) => {
      const reply = await request(method, target, body);
      return reply.kind === 'json' ? (JSON.parse(reply.text) as unknown) : undefined;
    },
  };
}

export function makeRequest(method: string, target: string, body?: unknown): ApiRequest {
  const [path = '', query = ''] = target.split('?');
  const { version, rest } = splitVersion(path);
  const { signal } = new AbortController();
  return {
    method,
    path: rest,
    apiVersion: version,
    query: new Query(query),
    params: [],
    body: body === undefined ? readerOf() : readerOf(JSON.stringify(body)),
    signal,
    span: undefined,
    header: (name) => (name === 'content-type' && body !== undefined ? 'application/json' : undefined),
  };
}

function fakeNetworks(): Networks {
  const record = (Name: string, Driver: NetworkRecord['Driver'], digit: string): NetworkRecord => ({
    Name,
    Id: digit.repeat(64),
    Created: '2024-01-01T00:00:00Z',
    Scope: 'local',
    Driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: [] },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Options: {},
    Labels: {},
  });
  const all = [
    record('bridge', 'bridge', 'a'),
    record('host', 'host', 'b'),
    record('none', 'null', 'c'),
    record('mine', 'bridge', 'd'),
  ];
  const endpoint = (id: string): ReturnType<Networks['join']> => ({
    id,
    networkId: 'a'.repeat(64),
    containerId: '',
    containerName: '',
    aliases: [],
    ipv4: '172.17.0.2',
    prefixLength: 16,
    gateway: '172.17.0.1',
    mac: '02:42:ac:11:00:02',
    gwPriority: 0,
    nameServers: [],
    ports: [],
    joined: {
      sandboxKey: '/run/docker/netns/x',
      ifname: 'eth0',
      hostIfname: 'veth1',
      bindings: [{ containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 }],
    },
  });
  return {
    list: () => all,
    find: (nameOrId) => all.find((network) => network.Name === nameOrId || network.Id.startsWith(nameOrId)),
    create: () => all[3] as NetworkRecord,
    remove: () => all[3] as NetworkRecord,
    allocate: () => endpoint('e'.repeat(64)),
    join: endpoint,
    isolate: () => '/run/docker/netns/x',
    leaveAll: () => undefined,
    rename: () => undefined,
    leave: () => undefined,
    settle: () => undefined,
    endpoint,
    endpointsOf: () => [],
    reconcile: () => undefined,
    hostsFile: () => '127.0.0.1\tlocalhost\n',
    resolvConf: () => 'nameserver 10.0.2.3\n',
  } as Networks;
}
