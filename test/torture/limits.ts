// How much the machine carries, and whether it stays what it was: fifty containers at once in its memory, and a thousand one
// after the other. What is measured afterwards is what was measured before: memory of each daemon, descriptors, inodes, mounts,
// cgroups, links, connections that the firewall knows.
import { leavesNothing, REST, vm, type Guest, type Say } from './suites.ts';

const MEASURE = `for name in dockerd containerd docker-cli; do for p in $(pidof $name); do
    echo "$name-fds $(ls /proc/$p/fd | wc -l)"; awk -v n=$name '/^Pss:/ {s += $2} END {print n "-kb", s}' /proc/$p/smaps_rollup; done; done
  p=$(ps -o pid,args | awk '/[a]gent/ {print $1; exit}'); [ -z "$p" ] || echo "agent-fds $(ls /proc/$p/fd | wc -l)"
  echo 3 >/proc/sys/vm/drop_caches
  awk '/^(MemAvailable|SUnreclaim|Percpu):/ {sub(":", "-kb", $1); print $1, $2}' /proc/meminfo
  echo "processes $(ls -d /proc/[0-9]* | wc -l)"; echo "mounts $(grep -c . /proc/mounts)"
  echo "links $(ls /sys/class/net | wc -l)"; echo "cgroups $(find /sys/fs/cgroup -type d | wc -l)"
  awk '/nr_dying_descendants/ {print "dying-cgroups", $2}' /sys/fs/cgroup/cgroup.stat
  echo "disk-inodes $(find /var/lib/docker | wc -l)"; echo "run-inodes $(find /run | wc -l)"
  echo "connections $(cat /proc/sys/net/netfilter/nf_conntrack_count 2>/dev/null || echo 0)"; true`;

type Measures = ReadonlyMap<string, number>;

async function measure(session: Guest): Promise<Measures> {
  const lines = (await vm(session, MEASURE)).trim().split('\n');
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
}

const SHIM_MEMORY = `for p in $(ps -o pid,args | awk '$2 == "containerd-shim-runc-v2" {print $1}'); do
  awk '/^Pss:/ {print $2}' /proc/$p/smaps_rollup; done | awk '{s += $1} END {print NR, s / NR}'`;
/** What must be free with all of them running, and what dockerd may take. */
const FREE_MIN_KB = 64 * 1024;
const DOCKERD_MAX_KB = 12 * 1024;

/** `count` running containers; each has its shim, its cable and its share of memory. */
export async function manyContainers(session: Guest, count: number, say: Say): Promise<void> {
  const rest = await vm(session, REST);
  const before = await measure(session);
  for (let i = 0; i < count; i++) {
    const body = { Image: 'busybox', Cmd: ['sleep', '100000'] };
    const made = await session.engine('POST', `/containers/create?name=many${i}`, body);
    const { Id } = JSON.parse(made.body) as { Id: string };
    const started = await session.engine('POST', `/containers/${Id}/start`);
    if (started.status !== 204) throw new Error(`container ${i}: ${started.status} ${started.body}`);
  }
  const running = JSON.parse((await session.engine('GET', '/containers/json')).body) as unknown[];
  const now = await measure(session);
  const [shims, shimKb] = (await vm(session, SHIM_MEMORY)).trim().split(' ').map(Number);
  const free = now.get('MemAvailable-kb') ?? 0;
  const dockerd = now.get('dockerd-kb') ?? 0;
  say(
    `limits: ${running.length} running, ${shims} shims of ${shimKb?.toFixed(0)} kB (PSS), dockerd ${dockerd} kB, containerd ${now.get('containerd-kb')} kB, ${free} kB of memory available, before ${before.get('MemAvailable-kb')} kB`,
  );
  if (running.length !== count) throw new Error(`${running.length} of ${count} run`);
  if (free < FREE_MIN_KB || dockerd > DOCKERD_MAX_KB)
    throw new Error(`dockerd takes ${dockerd} kB, ${free} kB are left`);
  await leavesNothing(session, rest, 'after many containers');
}

const WARM_UP = 20;
/** Memory of a process moves by its allocator's chunks, the kernel's by the caches that it keeps; descriptors and files do not move. */
const SLACK: Readonly<Record<string, number>> = {
  // Rings of objects wait for the first collection, at a heap of 1 MB; after that nothing grows (seen over 540 containers).
  'dockerd-kb': 1024,
  'containerd-kb': 1024,
  'docker-cli-kb': 512,
  'SUnreclaim-kb': 2048,
  'Percpu-kb': 512,
  'dying-cgroups': 20,
  processes: 3,
  connections: 8,
};
const FREE_SLACK_KB = 6 * 1024;
const LOOKS = 5;

/** What has become more than it may, in words. */
function grownSince(before: Measures, after: Measures): string[] {
  return [...after].flatMap(([what, value]) => {
    const was = before.get(what) ?? 0;
    const isGrown = what === 'MemAvailable-kb' ? was - value > FREE_SLACK_KB : value - was > (SLACK[what] ?? 0);
    return isGrown ? [`${what} from ${was} to ${value}`] : [];
  });
}

/** Containers made, started, ended and removed one after the other, with a network of its own, a volume or a port now and then. */
export async function cycles(session: Guest, count: number, say: Say): Promise<void> {
  const rest = await vm(session, REST);
  const cycle = async (i: number): Promise<void> => {
    const host = {
      ...(i % 5 === 0 && { PortBindings: { '80/tcp': [{ HostPort: '9050' }] } }),
      ...(i % 7 === 0 && { NetworkMode: 'none' }),
      ...(i % 6 === 0 && { Memory: 16 << 20 }),
    };
    const cannotStart = i % 9 === 8;
    const body = {
      Image: 'busybox',
      Cmd: cannotStart ? ['/nosuch'] : i % 2 ? ['true'] : ['sleep', '1000'],
      Tty: i % 4 === 3,
      ...(i % 3 === 0 && { Volumes: { '/data': {} } }),
      HostConfig: host,
    };
    const made = await session.engine('POST', '/containers/create', body);
    const { Id } = JSON.parse(made.body) as { Id: string };
    const steps: [method: string, path: string][] = [
      ['POST', `/containers/${Id}/start`],
      ...(i % 2 && !cannotStart ? ([['POST', `/containers/${Id}/wait`]] as [string, string][]) : []),
      ['DELETE', `/containers/${Id}?force=1&v=1`],
    ];
    for (const [method, path] of steps) {
      const { status, body: answer } = await session.engine(method, path);
      const isRefused = cannotStart && path.endsWith('/start');
      if (status >= 400 !== isRefused) throw new Error(`cycle ${i}: ${method} ${path}: ${status} ${answer}`);
    }
  };
  for (let i = 0; i < Math.min(WARM_UP, count); i++) await cycle(i);
  const before = await measure(session);
  for (let i = 0; i < count; i++) await cycle(i);
  await leavesNothing(session, rest, `after ${count} cycles`);
  // What is still closing (the descriptors of the command that asked last) is gone at the next look; what leaks stays.
  let after = await measure(session);
  for (let look = 1; look < LOOKS && grownSince(before, after).length > 0; look++) after = await measure(session);
  const grown = grownSince(before, after);
  const told = [...after].map(([what, value]) => `${what} ${before.get(what)} -> ${value}`).join(', ');
  say(`cycles: ${count}: ${told}`);
  if (grown.length > 0) throw new Error(`after ${count} cycles: ${grown.join(', ')}`);
}
