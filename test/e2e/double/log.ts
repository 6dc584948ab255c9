// What a kernel would report of a small run, written by hand after the real thing: enough to fill every scene.
import type { EventBody, NamespaceSet, WorldEvent } from '../../../src/protocol/events.ts';

/** Docker's directory of a layer, named after one letter. */
const layerDir = (letter: string): string => `/var/lib/docker/overlay2/${letter.repeat(64)}/diff`;

type Body = EventBody & { pid?: number; comm?: string };
const host: NamespaceSet = {
  mnt: 4026531832,
  uts: 4026531838,
  ipc: 4026531839,
  pid: 4026531836,
  net: 4026531833,
  user: 4026531837,
  cgroup: 4026531835,
};

/** Numbers the events on from `seq`, two milliseconds apart. */
export function numbered(bodies: readonly Body[], seq: number, timeNs: number): WorldEvent[] {
  return bodies.map((body, i) => ({ pid: 0, comm: '', ...body, seq: seq + i, timeNs: timeNs + i * 2e6 }) as WorldEvent);
}

/** What stands when tracing begins. */
export const atStart: readonly Body[] = [
  ...(
    [
      [1, 0, 'init'],
      [60, 1, 'agent'],
      [70, 1, 'dockerd'],
      [75, 1, 'containerd'],
      [80, 1, 'docker-cli'],
      [90, 60, '-bash'],
    ] as const
  ).map(([target, parent, title]): Body => ({
    kind: 'process.seen',
    target,
    parent,
    title,
    innerPids: [target],
    ns: host,
    cgroup: '/',
  })),
  { kind: 'uts.hostname', uts: host.uts ?? 0, name: 'drydock' },
  { kind: 'link', netns: host.net ?? 0, ifindex: 1, name: 'lo', flags: 1, linkType: 'loopback' },
  {
    kind: 'link',
    netns: host.net ?? 0,
    ifindex: 2,
    name: 'eth0',
    flags: 1,
    linkType: 'ether',
    mac: '52:54:00:12:34:56',
  },
  { kind: 'address', netns: host.net ?? 0, ifindex: 2, address: '10.0.2.15/24', removed: false },
  { kind: 'link', netns: host.net ?? 0, ifindex: 3, name: 'docker0', flags: 1, linkType: 'bridge' },
  { kind: 'address', netns: host.net ?? 0, ifindex: 3, address: '172.17.0.1/16', removed: false },
  {
    kind: 'span',
    pid: 70,
    comm: 'dockerd',
    span: {
      k: 'i',
      id: '70.1',
      c: 'dockerd',
      n: 'image',
      a: {
        id: 'sha256:b05b',
        tags: ['busybox:latest'],
        layers: [{ diffId: 'sha256:5f70bf', chainId: 'sha256:5f70bf', dir: layerDir('a'), bytes: 1_400_000 }],
      },
    },
  },
  {
    kind: 'span',
    pid: 70,
    comm: 'dockerd',
    span: {
      k: 'i',
      id: '70.2',
      c: 'dockerd',
      n: 'image',
      a: {
        id: 'sha256:e94b',
        tags: ['nginx:latest'],
        layers: [
          { diffId: 'sha256:d1aa1c', chainId: 'sha256:d1aa1c', dir: layerDir('b'), bytes: 52_000_000 },
          { diffId: 'sha256:77c9e0', chainId: 'sha256:77c9e0', dir: layerDir('c'), bytes: 9_000_000 },
        ],
      },
    },
  },
];

export interface RunOptions {
  readonly n: number;
  readonly name: string;
  readonly image: string;
  readonly program: string;
  /** A letter a layer, uppermost first. */
  readonly layers: readonly string[];
}

/** One `docker run`, from the request to the container's first program. */
export function runEvents({ n, name, image, program, layers }: RunOptions): Body[] {
  const id = n.toString(16).padStart(2, '0').repeat(32);
  const inner: NamespaceSet = {
    mnt: 4026532200 + n * 10,
    uts: 4026532201 + n * 10,
    ipc: 4026532202 + n * 10,
    pid: 4026532203 + n * 10,
    net: 4026532204 + n * 10,
    cgroup: 4026532205 + n * 10,
  };
  const [cli, shim, runc, init] = [100 * n + 1, 100 * n + 2, 100 * n + 3, 100 * n + 4];
  const base = `/var/lib/docker/overlay2/${id.slice(0, 12)}`;
  const web = 8 + n * 2;
  return [
    {
      kind: 'process.fork',
      pid: 80,
      comm: 'docker-cli',
      child: cli,
      childTgid: cli,
      parent: 80,
      childComm: 'docker',
      innerPids: [cli],
      ns: host,
    },
    {
      kind: 'span',
      pid: cli,
      comm: 'docker',
      span: { k: 'b', id: `${cli}.1`, c: 'docker', n: 'cli', a: { argv: ['docker', 'run', '--name', name, image] } },
    },
    {
      kind: 'span',
      pid: cli,
      comm: 'docker',
      span: {
        k: 'b',
        id: `${cli}.2`,
        p: `${cli}.1`,
        c: 'docker',
        n: 'request',
        a: { method: 'POST', path: `/v1.47/containers/create?name=${name}`, body: `{"Image":"${image}"}` },
      },
    },
    {
      kind: 'span',
      pid: 70,
      comm: 'dockerd',
      span: {
        k: 'b',
        id: `70.${n}1`,
        p: `${cli}.2`,
        c: 'dockerd',
        n: 'request',
        a: { method: 'POST', path: `/containers/create?name=${name}` },
      },
    },
    {
      kind: 'span',
      pid: 70,
      comm: 'dockerd',
      span: {
        k: 'i',
        id: `70.${n}2`,
        c: 'dockerd',
        n: 'container.config',
        a: {
          id,
          name,
          image,
          upperDir: `${base}/diff`,
          mergedDir: `${base}/merged`,
          layers: layers.map((letter) => letter.repeat(12)),
          ports: ['8080:80/tcp'],
        },
      },
    },
    {
      kind: 'span',
      pid: 70,
      comm: 'dockerd',
      span: { k: 'e', id: `70.${n}1`, c: 'dockerd', n: 'request', a: { status: 201 } },
    },
    {
      kind: 'span',
      pid: cli,
      comm: 'docker',
      span: { k: 'e', id: `${cli}.2`, c: 'docker', n: 'request', a: { status: 201 } },
    },
    { kind: 'cgroup.mkdir', pid: runc, comm: 'runc', path: `/docker/${id}`, id: 40 + n },
    { kind: 'cgroup.write', pid: runc, comm: 'runc', path: `/docker/${id}`, file: 'memory.max', value: '67108864' },
    { kind: 'cgroup.write', pid: runc, comm: 'runc', path: `/docker/${id}`, file: 'pids.max', value: '64' },
    {
      kind: 'process.fork',
      pid: 75,
      comm: 'containerd',
      child: shim,
      childTgid: shim,
      parent: 75,
      childComm: 'containerd-shim',
      innerPids: [shim],
      ns: host,
    },
    {
      kind: 'mount',
      pid: 70,
      comm: 'dockerd',
      mntNs: host.mnt ?? 0,
      source: 'overlay',
      target: `${base}/merged`,
      fsType: 'overlay',
      flags: 0,
      data: `lowerdir=${layers.map((letter) => `l/${letter.toUpperCase()}`).join(':')},upperdir=${base}/diff,workdir=${base}/work`,
      result: 0,
    },
    {
      kind: 'process.fork',
      pid: shim,
      comm: 'containerd-shim',
      child: runc,
      childTgid: runc,
      parent: shim,
      childComm: 'runc',
      innerPids: [runc],
      ns: host,
    },
    {
      kind: 'span',
      pid: runc,
      comm: 'runc',
      span: { k: 'b', id: `${runc}.1`, c: 'runc', n: 'container', a: { op: 'create', id } },
    },
    {
      kind: 'process.fork',
      pid: runc,
      comm: 'runc',
      child: init,
      childTgid: init,
      parent: shim,
      childComm: 'runc:[2:INIT]',
      innerPids: [init, 1],
      ns: inner,
      cgroupId: 40 + n,
    },
    { kind: 'uts.hostname', pid: init, comm: 'runc:[2:INIT]', uts: inner.uts ?? 0, name: id.slice(0, 12) },
    {
      kind: 'link',
      pid: 70,
      comm: 'dockerd',
      netns: host.net ?? 0,
      ifindex: web,
      name: `veth${n}a7c1`,
      flags: 1,
      linkType: 'veth',
      peerIfindex: web + 1,
      master: 3,
    },
    {
      kind: 'link',
      pid: 70,
      comm: 'dockerd',
      netns: host.net ?? 0,
      ifindex: web + 1,
      name: `vethb${n}`,
      flags: 0,
      linkType: 'veth',
      peerIfindex: web,
    },
    {
      kind: 'link.move',
      pid: 70,
      comm: 'dockerd',
      netns: host.net ?? 0,
      ifindex: web + 1,
      name: `vethb${n}`,
      toNetns: inner.net ?? 0,
      toIfindex: web + 1,
    },
    { kind: 'link', pid: 70, comm: 'dockerd', netns: inner.net ?? 0, ifindex: web + 1, name: 'eth0', flags: 1 },
    {
      kind: 'address',
      pid: 70,
      comm: 'dockerd',
      netns: inner.net ?? 0,
      ifindex: web + 1,
      address: `172.17.0.${n + 1}/16`,
      removed: false,
    },
    {
      kind: 'mount',
      pid: init,
      comm: 'runc:[2:INIT]',
      mntNs: inner.mnt ?? 0,
      source: 'proc',
      target: `${base}/merged/proc`,
      fsType: 'proc',
      flags: 0xe,
      result: 0,
    },
    {
      kind: 'mount',
      pid: init,
      comm: 'runc:[2:INIT]',
      mntNs: inner.mnt ?? 0,
      source: 'tmpfs',
      target: `${base}/merged/dev`,
      fsType: 'tmpfs',
      flags: 0x1000002,
      data: 'mode=755',
      result: 0,
    },
    {
      kind: 'pivot_root',
      pid: init,
      comm: 'runc:[2:INIT]',
      mntNs: inner.mnt ?? 0,
      newRoot: `${base}/merged`,
      putOld: `${base}/merged`,
      result: 0,
    },
    { kind: 'process.exec', pid: init, comm: program, path: `/usr/sbin/${program}`, argv: [program] },
    { kind: 'span', pid: runc, comm: 'runc', span: { k: 'e', id: `${runc}.1`, c: 'runc', n: 'container' } },
    { kind: 'process.exit', pid: runc, comm: 'runc', tgid: runc, exitCode: 0 },
    { kind: 'file', pid: init, comm: program, overlayDev: 0, change: 'create', path: 'run/nginx.pid' },
    { kind: 'file', pid: init, comm: program, overlayDev: 0, change: 'copy-up', path: 'etc/hosts' },
    {
      kind: 'cgroup.sample',
      path: `/docker/${id}`,
      files: {
        'memory.current': '5242880',
        'memory.max': '67108864',
        'pids.current': '2',
        'cpu.stat': 'usage_usec 18000\nnr_throttled 0\nthrottled_usec 0\n',
      },
    },
    {
      kind: 'span',
      pid: cli,
      comm: 'docker',
      span: { k: 'e', id: `${cli}.1`, c: 'docker', n: 'cli', a: { exitCode: 0 } },
    },
    { kind: 'process.exit', pid: cli, comm: 'docker', tgid: cli, exitCode: 0 },
  ];
}
