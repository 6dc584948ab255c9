// Does the engine say what the kernel has? Compares the API's answers with processes, cgroups, mounts, links, rules, addresses
// and directories; both ways, so that nothing is missing and nothing is left over.
import type { Guest } from './suites.ts';
import { decodeTable } from '../../src/vm/firewall.ts';

interface Listed {
  readonly Id: string;
  readonly State: string;
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Pid: number; readonly Status: string };
  readonly HostConfig: { readonly NetworkMode: string };
  readonly GraphDriver: { readonly Data: { readonly MergedDir: string } };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>> | null;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string; readonly NetworkID: string }>>;
  };
}

interface Named {
  readonly Name: string;
  readonly Id: string;
  readonly Driver: string;
  readonly Options: Readonly<Record<string, string>> | null;
}

async function get<T>(session: Guest, path: string): Promise<T> {
  const { status, body } = await session.engine('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
  return JSON.parse(body) as T;
}

/** What differs, in words; empty if all agrees. */
export async function differences(session: Guest): Promise<string[]> {
  const { agent } = session.machine;
  const names = async (path: string): Promise<string[]> =>
    (await agent.readDirectory(path).catch(() => [])).map(({ name }) => name);
  const listed = await get<Listed[]>(session, '/containers/json?all=1');
  const live = listed.filter(({ State }) => State === 'running' || State === 'paused');
  const running = await Promise.all(live.map(({ Id }) => get<Inspected>(session, `/containers/${Id}/json`)));
  const networks = await get<Named[]>(session, '/networks');
  const volumes = (await get<{ Volumes: { Name: string }[] }>(session, '/volumes')).Volumes;
  const processes = await agent.processes();
  const found: string[] = [];
  const same = (what: string, engine: Iterable<string>, kernel: Iterable<string>): void => {
    const [said, there] = [new Set(engine), new Set(kernel)];
    for (const item of said) if (!there.has(item)) found.push(`${what}: the engine has ${item}, the kernel has not`);
    for (const item of there) if (!said.has(item)) found.push(`${what}: the kernel has ${item}, the engine has not`);
  };

  // 1. Processes, each in its cgroup; a shim a container.
  const ids = running.map(({ Id }) => Id);
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  for (const { Id, State } of running) {
    const process = byPid.get(State.Pid);
    if (process?.cgroup !== `/docker/${Id}`)
      found.push(
        `process: ${Id.slice(0, 12)} should have PID ${State.Pid}, which is in ${process?.cgroup ?? 'nothing'}`,
      );
  }
  const shims = processes.flatMap(({ title }) => /^containerd-shim\S* .*-id ([0-9a-f]{64})/.exec(title)?.[1] ?? []);
  same('shim', ids, shims);
  same(
    'cgroup',
    ids,
    (await names('/sys/fs/cgroup/docker')).filter((name) => /^[0-9a-f]{64}$/.test(name)),
  );
  const freeze = await agent.cat(ids.map((id) => `/sys/fs/cgroup/docker/${id}/cgroup.freeze`));
  const frozen = ids.filter((id) => freeze.get(`/sys/fs/cgroup/docker/${id}/cgroup.freeze`)?.trim() === '1');
  same(
    'frozen',
    running.filter(({ State }) => State.Status === 'paused').map(({ Id }) => Id),
    frozen,
  );

  // 2. Mounts of root file systems; directories of containers and volumes.
  const mounts = (await agent.cat(['/proc/mounts'])).get('/proc/mounts') ?? '';
  same(
    'mount',
    running.map(({ GraphDriver }) => GraphDriver.Data.MergedDir),
    mounts.match(/\/var\/lib\/docker\/\S+\/merged\b/g) ?? [],
  );
  same(
    'container directory',
    listed.map(({ Id }) => Id),
    await names('/var/lib/docker/containers'),
  );
  same(
    'volume',
    volumes.map(({ Name }) => Name),
    await names('/var/lib/docker/volumes'),
  );

  // 3. Bridges, cables, namespaces, addresses.
  const links = await names('/sys/class/net');
  const bridges = networks.filter(({ Driver }) => Driver === 'bridge');
  const bridgeName = ({ Id, Options }: Named): string =>
    Options?.['com.docker.network.bridge.name'] ?? `br-${Id.slice(0, 12)}`;
  same(
    'bridge',
    bridges.map(bridgeName),
    links.filter((name) => /^(br-|docker0$)/.test(name)),
  );
  const bridgeIds = new Set(bridges.map(({ Id }) => Id));
  const plugs = running.flatMap(({ Id, State, NetworkSettings: { Networks } }) =>
    Object.values(Networks)
      .filter(({ NetworkID }) => bridgeIds.has(NetworkID))
      .map(({ IPAddress }) => ({ Id, pid: State.Pid, IPAddress })),
  );
  const cables = links.filter((name) => /^veth/.test(name)).length;
  if (cables !== plugs.length) found.push(`links: ${plugs.length} endpoints, ${cables} veths`);
  const routes = await agent.cat(plugs.map(({ pid }) => `/proc/${pid}/net/fib_trie`));
  for (const { Id, pid, IPAddress } of plugs)
    if (!(routes.get(`/proc/${pid}/net/fib_trie`) ?? '').includes(`-- ${IPAddress}\n`))
      found.push(`address: ${Id.slice(0, 12)} has no ${IPAddress}`);
  if (new Set(plugs.map(({ IPAddress }) => IPAddress)).size !== plugs.length) found.push('address: one given twice');
  const own = running.filter(
    ({ HostConfig: { NetworkMode } }) => NetworkMode !== 'host' && !NetworkMode.startsWith('container:'),
  );
  same(
    'sandbox',
    own.map(({ Id }) => Id.slice(0, 12)),
    await names('/run/docker/netns'),
  );

  // 4. Published ports: a rule and a proxy each.
  const published = running.flatMap(({ NetworkSettings: { Ports } }) =>
    Object.entries(Ports ?? {}).flatMap(([port, bound]) =>
      (bound ?? []).map(({ HostPort }) => `${HostPort} ${port.split('/')[1] ?? ''}`),
    ),
  );
  const rules = decodeTable(await agent.xtables('nat')).map(({ text }) =>
    /-p (\w+) .*--dport (\d+) .*-j DNAT/.exec(text),
  );
  same(
    'rule',
    published,
    rules.flatMap((rule) => (rule ? [`${rule[2]} ${rule[1]}`] : [])),
  );
  const proxies = processes.flatMap(({ title }) => {
    const proxy = /^docker-proxy -proto (\w+) .*-host-port (\d+)/.exec(title);
    return proxy ? [`${proxy[2]} ${proxy[1]}`] : [];
  });
  same('proxy', published, proxies);
  return found;
}

const PATIENCE_MS = 30_000;
const AGAIN_MS = 50;

/** A state between two is not yet a difference: only what lasts is. Throws with all that differs. */
export async function agree(session: Guest, context: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const last = await differences(session).catch((error: unknown) => [
      error instanceof Error ? error.message : String(error),
    ]);
    if (last.length === 0) return;
    if (performance.now() > deadline) throw new Error(`${context}:\n  ${last.join('\n  ')}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
