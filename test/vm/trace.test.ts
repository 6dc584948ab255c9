// The kernel is the witness: what somebody types by hand into the guest is reported as faithfully as what the engine does.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVm, type OpenedVm } from '../../scripts/guest/open.ts';
import type { DecodedEvent } from '../../src/protocol/events.ts';
import { probes } from '../../src/trace/probes.ts';

let vm: OpenedVm;
const seen: DecodedEvent[] = [];

beforeAll(async () => {
  vm = await openVm({ kind: 'base', cold: false, say: () => undefined, onEvents: (events) => seen.push(...events) });
});
afterAll(() => vm.machine.destroy());

type Of<K extends DecodedEvent['kind']> = Extract<DecodedEvent, { kind: K }>;

/** Runs a script in the guest and gives the kernel's events of it. */
async function eventsOf(script: string): Promise<<K extends DecodedEvent['kind']>(kind: K) => Of<K>[]> {
  await vm.settle();
  const from = seen.length;
  const { exitCode, stderr } = await vm.machine.agent.exec(['bash', '-c', `set -e; ${script}`]);
  expect(new TextDecoder().decode(stderr)).toBe('');
  expect(exitCode).toBe(0);
  await vm.settle();
  const events = seen.slice(from);
  return (kind) => events.filter((event): event is Of<typeof kind> => event.kind === kind);
}

test('the kernel took every probe', async () => {
  const { stdout } = await vm.machine.agent.exec([
    'cat',
    '/sys/kernel/tracing/dynamic_events',
    '/sys/kernel/tracing/set_event',
  ]);
  const text = new TextDecoder().decode(stdout);
  for (const probe of probes.filter((one) => one.event !== 'ftrace/print')) {
    expect(text).toContain(probe.event.replace('/', ':'));
    if (probe.define) expect(text).toContain(`${probe.event} `);
  }
});

test('unshare -n', async () => {
  const of = await eventsOf('unshare -n ip link set lo up');
  const [entered] = of('namespace.enter');
  const loopback = of('link').filter((event) => event.netns === entered?.ns.net);
  expect(of('syscall')).toContainEqual(
    expect.objectContaining({ name: 'unshare', args: { flags: 0x40000000 }, result: 0 }),
  );
  expect(loopback.map((event) => [event.name, event.flags & 1])).toEqual(expect.arrayContaining([['lo', 1]]));
  expect(of('process.exec').map((event) => event.argv)).toContainEqual(['ip', 'link', 'set', 'lo', 'up']);
});

test('mount -t overlay, and what is written through it', async () => {
  const of = await eventsOf(
    'cd $(mktemp -d); mkdir l u w m; echo low >l/kept; echo low >l/gone; mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m; echo more >>m/kept; rm m/gone; echo new >m/new; umount m',
  );
  expect(of('mount')[0]).toMatchObject({ fsType: 'overlay', result: 0 });
  expect(of('file').map((event) => `${event.change} ${event.path}`)).toEqual(
    expect.arrayContaining(['copy-up /kept', 'whiteout /gone', 'create /new']),
  );
  expect(of('umount')[0]?.result).toBe(0);
});

test('ip link add type veth', async () => {
  const of = await eventsOf(
    'ip link add tst0 type veth peer name tst1; ip addr add 10.99.0.1/24 dev tst0; ip link set tst0 up; ip link del tst0',
  );
  const paired = of('link').find((event) => event.peerIfindex !== undefined);
  const names = new Set(of('link').map((event) => event.name));
  expect(paired?.linkType).toBe('veth');
  expect(names).toEqual(new Set(['tst0', 'tst1']));
  expect(of('address')).toContainEqual(expect.objectContaining({ address: '10.99.0.1/24', removed: false }));
  expect(
    of('link.delete')
      .map((event) => event.name)
      .sort(),
  ).toEqual(['tst0', 'tst1']);
});

test('ip link add a type veth, as it is typed at the prompt', async () => {
  const of = await eventsOf('. /etc/bash.bashrc; ip link add a type veth peer name b; ip link del a');
  expect(new Set(of('link').map((event) => event.name))).toEqual(new Set(['a', 'b']));
});

test('mkdir in cgroupfs', async () => {
  const of = await eventsOf('mkdir /sys/fs/cgroup/x; echo 1 >/sys/fs/cgroup/x/cgroup.freeze; rmdir /sys/fs/cgroup/x');
  expect(of('cgroup.mkdir')[0]?.path).toBe('/x');
  expect(of('cgroup.write')[0]).toMatchObject({ path: '/x', file: 'cgroup.freeze', value: '1' });
  expect(of('cgroup.rmdir')[0]?.id).toBe(of('cgroup.mkdir')[0]?.id);
});

test('a packet that a firewall rule drops, and a question to a name server', async () => {
  const of = await eventsOf(
    'iptables -A OUTPUT -d 10.77.0.1 -j DROP; ip link set lo up; ! ping -c 1 -W 1 10.77.0.1 >/dev/null 2>&1; iptables -D OUTPUT -d 10.77.0.1 -j DROP; ! nslookup -type=a web.example 127.0.0.1 >/dev/null 2>&1',
  );
  expect(of('packet.drop')[0]).toMatchObject({
    reason: 'NETFILTER_DROP',
    hook: 'OUTPUT',
    device: '',
    packet: { protocol: 'icmp', destination: '10.77.0.1' },
  });
  const asked = of('packet').filter((event) => event.direction === 'rx' && event.packet.dns);
  expect(asked[0]).toMatchObject({
    device: 'lo',
    packet: { dns: { kind: 'question', name: 'web.example', type: 'A' } },
  });
  expect(of('packet').every((event) => event.packet.destination !== '10.77.0.1')).toBe(true);
});
