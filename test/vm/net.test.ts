// The page's network against a real kernel's: both directions, names, a container's way through DNAT and masquerading, loss.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openVm, type OpenedVm } from '../../scripts/guest/open.ts';
import { httpExchange } from '../../src/vm/net/http/client.ts';
import { ADDRESS } from '../../src/vm/net/network.ts';
import type { TcpStream } from '../../src/vm/net/tcp/stream.ts';
import { pattern } from '../../src/vm/net/testing/lossy-wire.ts';

const BLOB = pattern(1_500_000);
const BLOB_SHA256 = createHash('sha256').update(BLOB).digest('hex');

let vm: OpenedVm;
let uploaded = Promise.resolve('');

beforeAll(async () => {
  vm = await openVm({ kind: 'base', cold: false, say: () => {} });
  vm.network.listen(ADDRESS.services, 9001, (incoming) => void sendAll(incoming.accept(), BLOB));
  vm.network.listen(ADDRESS.services, 9002, (incoming) => (uploaded = digestOf(incoming.accept())));
});
afterAll(() => vm.machine.destroy());

async function sendAll(stream: TcpStream, bytes: Uint8Array): Promise<void> {
  await stream.write(bytes);
  stream.end();
}

async function digestOf(stream: TcpStream): Promise<string> {
  const hash = createHash('sha256');
  for (let bytes = await stream.read(); bytes; bytes = await stream.read()) hash.update(bytes);
  stream.end();
  return hash.digest('hex');
}

/** Runs a script in the guest; gives what it printed, both streams, and fails with that if it failed. */
async function sh(script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await vm.machine.agent.exec(['bash', '-c', `${script}`]);
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${text}`);
  return text.trim();
}

/** A script that starts something in the background: waits until the port is listened on. */
const listening = (port: number, command: string, prefix = ''): string =>
  `${prefix} ${command} >/dev/null 2>&1 </dev/null & until ${prefix} netstat -ltn | grep -q ':${port} '; do :; done`;

it('answers ping and names', async () => {
  expect(await sh('ping -c 1 10.0.2.2')).toContain('1 packets received');
  expect(await sh('ping -c 1 -s 6000 10.0.2.3')).toContain('1 packets received');
  expect(await sh('nslookup registry.drydock.internal 10.0.2.3')).toContain('10.0.2.3');
  expect(await sh('ping -c 1 host.docker.internal')).toContain('10.0.2.4');
  expect(await sh('nslookup nothing.internal 10.0.2.3 || true')).toContain('NXDOMAIN');
  expect(await sh('nslookup example.com 10.0.2.3 || true')).toContain('SERVFAIL');
});

it('carries megabytes down and up unharmed', async () => {
  expect(await sh('cat </dev/tcp/10.0.2.3/9001 | sha256sum')).toContain(BLOB_SHA256);
  await sh('cat </dev/tcp/10.0.2.3/9001 >/tmp/blob; cat /tmp/blob >/dev/tcp/10.0.2.3/9002');
  expect(await uploaded).toBe(BLOB_SHA256);
});

it('refuses what nobody serves, and says that there is no Internet', async () => {
  expect(await sh('echo 2>&1 >/dev/tcp/10.0.2.3/81 || true')).toContain('Connection refused');
  expect(await sh('echo 2>&1 >/dev/tcp/10.0.2.4/22 || true')).toContain('Connection refused');
  expect(await sh('echo 2>&1 >/dev/tcp/93.184.216.34/80 || true')).toContain('unreachable');
  await expect(vm.network.connect(4444)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('reaches a namespace behind DNAT, and is reached from it through masquerading', async () => {
  await sh(`
    ip netns add c1 && ip link add v1 type veth peer name eth0 netns c1
    ip addr add 172.30.0.1/24 dev v1 && ip link set v1 up
    ip -n c1 addr add 172.30.0.2/24 dev eth0 && ip -n c1 link set eth0 up && ip -n c1 route add default via 172.30.0.1
    echo 1 >/proc/sys/net/ipv4/ip_forward
    iptables-legacy -t nat -A PREROUTING -p tcp --dport 8088 -j DNAT --to-destination 172.30.0.2:80
    iptables-legacy -t nat -A POSTROUTING -s 172.30.0.0/24 -o eth0 -j MASQUERADE
    mkdir -p /tmp/www && head -c 1000000 /dev/zero >/tmp/www/zeros && echo hello >/tmp/www/index.html`);
  await sh(listening(80, 'httpd -f -p 80 -h /tmp/www', 'ip netns exec c1'));
  const page = await httpExchange(vm.network, 8088, { method: 'GET', path: '/', headers: [] });
  expect(page).toMatchObject({ ok: true, exchange: { status: 200, body: new TextEncoder().encode('hello\n') } });
  const zeros = await httpExchange(vm.network, 8088, { method: 'GET', path: '/zeros', headers: [] });
  expect(zeros.ok && zeros.exchange.body.length).toBe(1_000_000);
  const many = await Promise.all(
    Array.from({ length: 12 }, () => httpExchange(vm.network, 8088, { method: 'GET', path: '/', headers: [] })),
  );
  expect(many.filter((outcome) => outcome.ok && outcome.exchange.status === 200)).toHaveLength(12);
  expect(await sh(`ip netns exec c1 bash -c 'cat </dev/tcp/10.0.2.3/9001 | sha256sum'`)).toContain(BLOB_SHA256);
});

it('gets through a bad cable', async () => {
  // Each lost segment costs round trips of a slow machine: a fifth of the bytes meets a dozen of them.
  const part = BLOB.subarray(0, 300_000);
  const partSha256 = createHash('sha256').update(part).digest('hex');
  const stop = vm.network.listen(ADDRESS.services, 9003, (incoming) => void sendAll(incoming.accept(), part));
  try {
    await sh('tc qdisc add dev eth0 root netem loss 5% delay 3ms 1ms');
    expect(await sh('cat </dev/tcp/10.0.2.3/9003 | tee /tmp/part | sha256sum')).toContain(partSha256);
    await sh('cat /tmp/part >/dev/tcp/10.0.2.3/9002');
    expect(await uploaded).toBe(partSha256);
  } finally {
    stop();
    await sh('tc qdisc del dev eth0 root');
  }
});
