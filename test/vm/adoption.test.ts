// dockerd and containerd killed while containers run: they are taken up again as they are, what happened meanwhile is made up
// for, and nothing is left lying about.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openDockerMachine, type DockerMachine } from './docker-machine.ts';

let machine: DockerMachine;
let before: string;
beforeAll(async () => {
  machine = await openDockerMachine();
  before = await machine.vm(TRACES);
});
// What a test that failed has left must not fail the next one.
afterEach(() => machine.vm(`${ANSWERS}; docker ps -aq | xargs -r docker rm -fv >/dev/null`));
afterAll(() => machine.close());

/** All that containers leave in the kernel and under /run. */
const TRACES = `ip -o link | cut -d: -f2 | grep veth; iptables-save | grep -v '^[:#]'; ls /sys/fs/cgroup/docker | grep -v '\\.'
  grep -o '/[^ ]*/merged ' /proc/mounts; ls /run/docker/netns /run/docker/network /run/docker/containerd /run/containerd/s
  ps -o args | grep -E '^(containerd-shim|docker-proxy)'; true`;
/** Asked seldom: each question takes time that the daemon needs to come up. */
const ANSWERS = 'until docker ps >/dev/null 2>&1; do usleep 100000; done';
const kill = (...names: string[]): Promise<string> =>
  machine.vm(`kill -9 ${names.map((name) => `$(pidof ${name})`).join(' ')}; ${ANSWERS}`);

const COUNT = 'i=0; while :; do echo line $((i += 1)); usleep 50000; done';
const TERM_7 = 'trap "exit 7" TERM; sleep 1000 & wait';

const field = (name: string, template: string): Promise<string> => machine.ok('inspect', '-f', template, name);
const pid = (name: string): Promise<string> => field(name, '{{.State.Pid}}');

it('takes up what runs when dockerd is killed', async () => {
  const { ok, vm, docker } = machine;
  await ok('run', '-d', '--name', 'steady', 'busybox', 'sh', '-c', COUNT);
  await ok('run', '-dit', '--name', 'shell', 'busybox');
  await ok('run', '-d', '--name', 'web', '-p', '8080:80', 'busybox', 'sh', '-c', 'echo hello >index.html; httpd -f');
  await ok('run', '-d', '--name', 'frozen', 'busybox', 'sleep', '1000');
  await ok('pause', 'frozen');
  const facts = '{{.State.Pid}} {{.State.StartedAt}} {{.State.Status}} {{json .NetworkSettings.Networks}}';
  const names = ['steady', 'shell', 'web', 'frozen'];
  const known = await Promise.all(names.map((name) => field(name, facts)));
  await kill('dockerd');
  expect(await ok('ps', '--format', '{{.Names}} {{.State}}')).toBe(
    'frozen paused\nweb running\nshell running\nsteady running',
  );
  expect(await Promise.all(names.map((name) => field(name, facts)))).toEqual(known);
  expect(await vm('wget -qO- http://127.0.0.1:8080/; wget -qO- http://10.0.2.15:8080/')).toBe('hello\nhello\n');
  expect(await ok('exec', 'steady', 'echo', 'inside')).toBe('inside');
  await ok('unpause', 'frozen');
  const log = docker.follow(['logs', '-f', '--tail', '1', 'steady']);
  const [first = 0] = (await ok('logs', '--tail', '1', 'steady')).split(' ').slice(1).map(Number);
  await log.until(`line ${first + 10}\n`);
  log.stop();
  const lines = (await ok('logs', 'steady')).split('\n');
  const numbers = lines.map((line) => Number(/^line (\d+)$/.exec(line)?.[1]));
  // What dockerd had read and not yet written when it was killed is lost, in Docker as well: one gap, and nothing twice or cut.
  const jumps = numbers.filter((number, i) => number !== (numbers[i - 1] ?? 0) + 1);
  expect(jumps.length, jumps.join()).toBeLessThanOrEqual(1);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const typed = await docker.runOnTerminal(['exec', '-t', 'shell', 'tty']);
  expect(typed.stdout).toContain('/dev/pts/1');
  await ok('stop', '-t', '0', ...names);
  expect(await field('web', '{{.State.ExitCode}} {{.State.Pid}}')).toBe('137 0');
  await ok('rm', ...names);
  expect(await vm(TRACES)).toBe(before);
});

/** A program's state in /proc/PID/stat: until it is asleep, it has not done all that it could do. */
const ASLEEP = 'asleep() { until [ "$(cut -d" " -f3 /proc/$1/stat)" = S ]; do usleep 5000; done; }';

/**
 * An exec whose process has ended, and was reaped, before dockerd hears that it was started: containerd is stopped until
 * dockerd has asked, dockerd until the shim has nothing more to do.
 */
const lateToHear = (flags: string): string => `timeout 90 bash <<'END'
  ${ASLEEP}
  d=$(pidof dockerd); c=$(pidof containerd); rm -f /tmp/told /tmp/said
  s=$(ps -o pid,args | awk '$2 == "containerd-shim-runc-v2" {print $1}'); p=$(docker inspect -f '{{.State.Pid}}' shell)
  docker events --filter event=exec_start >/tmp/told & e=$!
  until docker exec shell rm -f /done && grep -q exec_start /tmp/told; do usleep 20000; done
  before=$(wc -l </tmp/told)
  kill -STOP $c
  docker exec ${flags} shell sh -c 'echo quick; echo >/done; exit 5' </dev/null >/tmp/said 2>&1 & client=$!
  until [ $(wc -l </tmp/told) -gt $before ]; do usleep 5000; done; asleep $d
  kill -STOP $d; kill -CONT $c
  until [ -e /proc/$p/root/done ]; do usleep 5000; done
  until [ $(ps -o ppid | grep -c "^ *$s$") = 1 ]; do usleep 5000; done; asleep $s
  kill -CONT $d; wait $client; code=$?; echo "$(tr -d '\r' </tmp/said) $code"; kill $e; wait $e
END
true`;

it.each(['', '-t'])('loses nothing of an exec %s that has ended before dockerd hears of it', async (flags) => {
  const { ok, vm } = machine;
  await ok('run', '-dit', '--name', 'shell', 'busybox');
  try {
    expect(await vm(lateToHear(flags))).toBe('quick 5\n');
    const many = `for i in 1 2 3 4 5 6 7 8; do docker exec ${flags} shell tty </dev/null; done 2>&1 | tr -d '\r'`;
    expect(await vm(many)).toBe((flags.includes('t') ? '/dev/pts/1\n' : 'not a tty\n').repeat(8));
  } finally {
    await vm('kill -CONT $(pidof dockerd) $(pidof containerd)');
    await ok('rm', '-f', 'shell');
  }
  expect(await vm(TRACES)).toBe(before);
});

it.each(['-d', '-dt'])('logs what a container (run %s) wrote and ended with while dockerd was away', async (flags) => {
  const { ok, vm } = machine;
  await ok(
    'run',
    flags,
    '--name',
    'last',
    'busybox',
    'sh',
    '-c',
    'trap "echo last words; exit 3" TERM; sleep 1000 & wait',
  );
  await endUnseen('dockerd', 'TERM', 'last');
  expect(
    await vm("until docker logs last | grep -q words; do usleep 20000; done; docker logs last | tr -d '\\r'"),
  ).toBe('last words\n');
  expect(await field('last', '{{.State.ExitCode}}')).toBe('3');
  await ok('rm', 'last');
  expect(await vm(TRACES)).toBe(before);
});

/** Ends containers' processes while dockerd cannot hear of it, then starts a new one. */
async function endUnseen(daemon: string, signal: string, ...names: string[]): Promise<void> {
  const pids = (await Promise.all(names.map(pid))).join(' ');
  await machine.vm(`d=$(pidof ${daemon}); kill -STOP $d; kill -${signal} ${pids}
    for p in ${pids}; do while [ -d /proc/$p ]; do usleep 10000; done; done; kill -9 $d; ${ANSWERS}`);
}

it.each(['dockerd', 'containerd'])('makes up for exits that happened while %s was away', async (daemon) => {
  const { ok, docker, vm } = machine;
  await ok('run', '-d', '--name', 'plain', 'busybox', 'sh', '-c', TERM_7);
  await ok('run', '-d', '--name', 'gone', '--rm', '-v', '/data', 'busybox', 'sh', '-c', TERM_7);
  await ok('run', '-d', '--name', 'again', '--restart', 'always', 'busybox', 'sh', '-c', TERM_7);
  await ok('run', '-d', '--name', 'failing', '--restart', 'on-failure:3', 'busybox', 'sh', '-c', TERM_7);
  await ok('run', '-d', '--name', 'other', 'busybox', 'sleep', '1000');
  const waiting = daemon === 'containerd' ? docker.run(['wait', 'plain']) : undefined;
  const events = docker.follow(['events']);
  await endUnseen(daemon, 'TERM', 'plain', 'gone', 'again', 'failing');
  if (waiting) expect((await waiting).stdout).toBe('7\n');
  await vm("until [ $(docker ps --filter status=running --format '{{.Names}}' | wc -l) = 3 ]; do usleep 50000; done");
  events.stop();
  expect(await ok('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe(
    'other running\nfailing running\nagain running\nplain exited',
  );
  expect(await field('plain', '{{.State.ExitCode}}')).toBe('7');
  expect(await field('again', '{{.RestartCount}}')).toBe('1');
  expect(await ok('volume', 'ls', '-q')).toBe('');
  await ok('rm', '-f', 'plain', 'again', 'failing', 'other');
  expect(await vm(TRACES)).toBe(before);
});

it('goes on with its containers after containerd was killed', async () => {
  const { ok, docker, vm } = machine;
  await ok('run', '-d', '--name', 'steady', 'busybox', 'sh', '-c', COUNT);
  const running = docker.run(['exec', 'steady', 'sh', '-c', 'echo began; sleep 2; echo ended']);
  await vm('until docker top steady | grep -q "sleep 2"; do usleep 20000; done');
  // Begun is what dockerd has been told of: a start that is cut off fails, as in Docker.
  const [id] = JSON.parse(await field('steady', '{{json .ExecIDs}}')) as string[];
  await expect.poll(() => docker.get(`/exec/${id}/json`), { timeout: 60_000 }).toMatchObject({ Running: true });
  // What is asked for while it is away waits for it.
  await vm(
    'docker run -d --name other busybox sleep 1000 >/dev/null; kill -9 $(pidof containerd); docker rm -f other; docker exec steady true',
  );
  expect(await ok('ps', '--format', '{{.Names}} {{.State}}')).toBe('steady running');
  expect(await running).toMatchObject({ exitCode: 0, stdout: 'began\nended\n' });
  expect(await ok('run', '--rm', 'busybox', 'echo', 'new')).toBe('new');
  await ok('stop', '-t', '0', 'steady');
  await ok('rm', 'steady');
  expect(await vm(TRACES)).toBe(before);
});

it('finishes a disconnection and takes back a connection that dockerd did not live to the end of', async () => {
  const { ok, vm } = machine;
  await ok('network', 'create', 'extra');
  await ok('run', '-d', '--name', 'plugged', '-p', '8080:80', 'busybox', 'sleep', '1000');
  await ok('network', 'connect', 'extra', 'plugged');
  const networks = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
  // As when it was killed behind the kernel's part of `network disconnect bridge plugged`, and before its own record.
  const bridge = await field('plugged', '{{.NetworkSettings.Networks.bridge.EndpointID}}');
  await vm(`kill -STOP $(pidof dockerd); cable=$(grep -o 'veth[0-9a-f]*' /run/docker/network/*${bridge}*)
    rm /run/docker/network/*${bridge}*; ip link delete $cable`);
  await kill('dockerd');
  expect(await field('plugged', networks)).toBe('extra ');
  expect(await ok('exec', 'plugged', 'ip', 'route')).toContain('default via 172.18.0.1 dev eth1');
  expect(await vm('iptables-save -t nat')).toContain('--to-destination 172.18.0.2:80');
  // As when it was killed behind the kernel's part of `network connect bridge plugged`.
  const record = `/var/lib/docker/containers/${await field('plugged', '{{.Id}}')}/config.v2.json`;
  await vm(
    `cp ${record} /tmp/record; docker network connect bridge plugged; kill -STOP $(pidof dockerd); cp /tmp/record ${record}`,
  );
  await kill('dockerd');
  expect(await field('plugged', networks)).toBe('extra ');
  expect((await ok('exec', 'plugged', 'ls', '/sys/class/net')).split('\n')).toEqual(['eth1', 'lo']);
  await ok('rm', '-f', 'plugged');
  await ok('network', 'rm', 'extra');
  expect(await vm(TRACES)).toBe(before);
});

it('says nothing of a shim that goes before it has passed a signal on: the container has ended', async () => {
  const { ok, session, vm } = machine;
  await ok('run', '-d', '--name', 'other', 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--name', 'going', 'busybox', 'sleep', '1000');
  const shim = `$(ps -o pid,args | grep -F -- "-id $(docker inspect -f '{{.Id}}' going)" | awk '/shim-runc/ {print $1; exit}')`;
  await vm(`kill -STOP ${shim}`);
  const killed = session.engine('POST', '/containers/going/kill');
  // dockerd and containerd take one request after the other: when this one is answered, the other one is with the stopped shim.
  await ok('pause', 'other');
  await vm(`kill -9 ${shim}`);
  expect(await killed).toMatchObject({ status: 204 });
  expect(await field('going', '{{.State.Status}}')).toBe('exited');
  await ok('rm', '-f', 'going', 'other');
});

it('starts by policy what was not stopped by a person, when both and the shims were killed', async () => {
  const { ok, vm } = machine;
  for (const policy of ['no', 'always', 'unless-stopped', 'on-failure'])
    await ok('run', '-d', '--name', policy, '--restart', policy, 'busybox', 'sleep', '1000');
  await ok('run', '-d', '--name', 'stopped', '--restart', 'unless-stopped', 'busybox', 'sleep', '1000');
  await ok('stop', '-t', '0', 'stopped');
  await vm(`kill -9 $(pidof dockerd) $(pidof containerd) $(ps -o pid,args | awk '$2 == "containerd-shim-runc-v2" {print $1}')
    ${ANSWERS}`);
  await vm('until [ $(docker ps -q --filter status=running | wc -l) = 3 ]; do usleep 50000; done');
  expect((await ok('ps', '--format', '{{.Names}}')).split('\n').sort()).toEqual([
    'always',
    'on-failure',
    'unless-stopped',
  ]);
  expect(await field('no', '{{.State.Status}} {{.State.ExitCode}}')).toMatch(/^exited (137|255)$/);
  await ok('rm', '-f', 'no', 'always', 'unless-stopped', 'on-failure', 'stopped');
  expect(await vm(TRACES)).toBe(before);
});

it('removes a bridge whose network was never on record, with its rules, and no one else', async () => {
  const { vm } = machine;
  await vm(`ip link add name br-0123456789ab type bridge; iptables -I FORWARD -i br-0123456789ab -j ACCEPT
    iptables -t nat -I POSTROUTING -s 10.77.0.0/16 ! -o br-0123456789ab -j MASQUERADE; ip link add name mine type bridge`);
  await kill('dockerd');
  expect(
    await vm('ip -o link | grep -c br-0123456789ab || true; ip -o link show mine | wc -l; ip link delete mine'),
  ).toBe('0\n1\n');
  expect(await vm(TRACES)).toBe(before);
});

it('leaves nothing half-made, whenever it is killed', async () => {
  const { ok, vm } = machine;
  const victims = ['dockerd', 'containerd', 'dockerd containerd'];
  // At many moments, and amid all kinds of operations: the torture runs.
  for (let round = 0; round < 3; round++) {
    const moment = 15_000 + round * 30_000;
    const names = (victims[round % 3] ?? '').split(' ').map((name) => `$(pidof ${name})`);
    await vm(`docker run -d --name r${round} -v /data -p 9000:80 busybox sleep 1000 >/dev/null 2>&1 & client=$!
      usleep ${moment}; kill -9 ${names.join(' ')}; wait $client; ${ANSWERS}; until docker run --rm busybox true 2>/dev/null; do usleep 50000; done
      docker ps -aq | xargs -r docker rm -fv >/dev/null`);
    expect(await vm(TRACES), `round ${round}`).toBe(before);
  }
  expect(await ok('volume', 'ls', '-q')).toBe('');
});
