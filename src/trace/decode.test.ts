// Bytes that the real kernel wrote (test/fixtures/trace, recorded in the VM), and bytes that it would never write.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DecodedEvent } from '../protocol/events.ts';
import { TraceDecoder } from './decode.ts';
import type { KernelOffsets } from './probe.ts';

const folder = new URL('../../test/fixtures/trace/', import.meta.url);
const recorded = JSON.parse(readFileSync(new URL('formats.json', folder), 'utf8')) as {
  offsets: KernelOffsets;
  formats: string[];
};
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.bin`, folder)));

function decoder(): TraceDecoder {
  const made = new TraceDecoder(recorded.offsets);
  expect(made.formats(recorded.formats)).toEqual([]);
  return made;
}

function decode(name: string): readonly DecodedEvent[] {
  const { events, errors } = decoder().push(bytesOf(name));
  expect(errors).toEqual([]);
  return events;
}

type Of<K extends DecodedEvent['kind']> = Extract<DecodedEvent, { kind: K }>;
const only = <K extends DecodedEvent['kind']>(events: readonly DecodedEvent[], kind: K): Of<K>[] =>
  events.filter((event): event is Of<K> => event.kind === kind);

describe('unshare -m -u -p -i -n -f sh -c "hostname …; mount …; umount …"', () => {
  const events = decode('unshare');

  test('the call, and the namespaces it gave', () => {
    const call = only(events, 'syscall').find((event) => event.name === 'unshare');
    expect(call).toMatchObject({ comm: 'unshare', args: { flags: 0x6c020000 }, result: 0 });
    const entered = only(events, 'namespace.enter').find((event) => event.pid === call?.pid);
    const born = only(events, 'process.fork').find((event) => event.parent === call?.pid);
    expect(entered?.ns.net).not.toBe(4026531840);
    expect(born?.ns).toMatchObject(entered?.ns ?? {});
    expect(born?.innerPids).toEqual([born?.child, 1]);
    expect(born?.ns.pid).not.toBe(4026531836);
  });

  test('what the child ran, its host name and its mounts are in its own namespaces', () => {
    const [named] = only(events, 'uts.hostname');
    const [mounted] = only(events, 'mount').filter((event) => event.target === '/mnt');
    const [unmounted] = only(events, 'umount').filter((event) => event.target === '/mnt');
    const entered = only(events, 'namespace.enter')[0];
    expect(named).toMatchObject({ name: 'inside', uts: entered?.ns.uts });
    expect(mounted).toMatchObject({ fsType: 'tmpfs', source: 'none', mntNs: entered?.ns.mnt, result: 0 });
    expect(unmounted).toMatchObject({ mntNs: entered?.ns.mnt, result: 0 });
    const shell = only(events, 'process.exec').find((event) => event.argv?.[0] === '/bin/sh');
    expect(shell?.argv).toEqual(['/bin/sh', '-c', 'hostname inside; mount -t tmpfs none /mnt; umount /mnt']);
    expect(only(events, 'process.exit').find((event) => event.pid === shell?.pid)).toMatchObject({ exitCode: 0 });
  });

  test('a marker of the engine is a span, another line is nothing', () => {
    expect(only(events, 'span').map((event) => event.span)).toEqual([
      { k: 'i', id: '1.1', c: 'runc', n: 'step', a: { fn: 'pivotRoot' } },
    ]);
  });

  test('times go forward', () => {
    const times = events.map((event) => event.timeNs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

test('overlay: the mount with its options, copy-up, whiteout, a file of upperdir alone, a rename; a second umount fails', () => {
  const events = decode('overlay');
  expect(only(events, 'mount')[0]).toMatchObject({
    fsType: 'overlay',
    target: '/tmp/m',
    data: expect.stringContaining('lowerdir=/tmp/l') as string,
  });
  const files = only(events, 'file');
  expect(files.every((event) => event.overlayDev === only(events, 'mount')[0]?.dev)).toBe(true);
  const changes = files.map((event) => `${event.change} ${event.path}${event.to ? ` ${event.to}` : ''}`);
  // Not in this order: a copy-up is recorded when it ends, after the open that asked for it.
  expect(new Set(changes)).toEqual(
    new Set([
      'copy-up /etc',
      'copy-up /etc/a',
      'modify /etc/a',
      'whiteout /b',
      'mkdir /d',
      'create /d/f',
      'modify /d/f',
      'remove /d/f',
      'rename /etc/a /d/z',
    ]),
  );
  expect(only(events, 'umount').map((event) => event.result)).toEqual([0, -22]);
});

test('cgroup: made, limited, entered, frozen, out of memory, removed', () => {
  const events = decode('cgroup');
  const [made] = only(events, 'cgroup.mkdir');
  expect(made?.path).toBe('/x');
  const written = only(events, 'cgroup.write').map((event) => `${event.path} ${event.file} ${event.value}`);
  expect(written).toContain('/ cgroup.subtree_control +memory +pids');
  expect(written).toContain('/x memory.max 20M');
  expect(
    only(events, 'cgroup.freeze')
      .map((event) => event.frozen)
      .slice(0, 2),
  ).toEqual([true, false]);
  const [killed] = only(events, 'oom.kill');
  expect(only(events, 'cgroup.attach').map((event) => event.target)).toContain(killed?.target);
  expect(only(events, 'process.exit').find((event) => event.pid === killed?.target)?.signal).toBe(9);
  expect(only(events, 'cgroup.rmdir')[0]?.id).toBe(made?.id);
});

test('veth: a pair, one end moved and enslaved, addresses, a ping from hop to hop, a firewall table', () => {
  const events = decode('veth');
  const moved = only(events, 'link.move')[0];
  const links = only(events, 'link');
  const bridge = links.find((event) => event.name === 'br0');
  expect(bridge?.linkType).toBe('bridge');
  expect(links.findLast((event) => event.name === 'veth1' && event.peerIfindex !== undefined)).toMatchObject({
    master: bridge?.ifindex,
    peerIfindex: moved?.ifindex,
    peerNetns: moved?.toNetns,
  });
  expect(links.find((event) => event.name === 'eth0' && event.netns === moved?.toNetns)?.mac).toMatch(
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/,
  );
  expect(
    only(events, 'address')
      .filter((event) => !event.removed)
      .map((event) => event.address),
  ).toEqual(expect.arrayContaining(['10.9.0.1/24', '10.9.0.2/24']));
  const echo = only(events, 'packet').filter((event) => event.packet.protocol === 'icmp');
  expect(echo.map((event) => `${event.direction} ${event.device} ${event.packet.source}`)).toEqual([
    'tx br0 10.9.0.1',
    'tx veth1 10.9.0.1',
    'rx eth0 10.9.0.1',
    'tx eth0 10.9.0.2',
    'rx veth1 10.9.0.2',
    'rx br0 10.9.0.2',
  ]);
  expect(new Set(echo.slice(0, 3).map((event) => event.skb)).size).toBe(1);
  const syn = only(events, 'packet').find((event) => event.packet.protocol === 'tcp');
  expect(syn?.packet).toMatchObject({ destination: '10.9.0.2', destinationPort: 80, flags: 'S' });
  expect(only(events, 'xtables.replace').some((event) => event.table === 'nat')).toBe(true);
  expect(only(events, 'link.delete').map((event) => event.name)).toEqual(expect.arrayContaining(['veth1', 'eth0']));
});

describe('pages', () => {
  const whole = bytesOf('burst');

  test('cut after their data or sent whole, they say the same', () => {
    const cut: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += 4096) {
      const commit = new DataView(whole.buffer, whole.byteOffset + at + 8, 4).getUint32(0, true);
      cut.push(whole.subarray(at, at + 12 + (commit & 0x3fffffff)));
    }
    expect(cut.length).toBeGreaterThan(1);
    const joined = new Uint8Array(Buffer.concat(cut));
    expect(decoder().push(joined).events).toEqual(decoder().push(whole).events);
    const one = decoder();
    expect(cut.flatMap((page) => one.push(page).events)).toEqual(decoder().push(whole).events);
  });

  test('lost records are told', () => {
    const page = whole.slice(0, 4096);
    const view = new DataView(page.buffer);
    const commit = view.getUint32(8, true);
    view.setUint32(8, (commit | 0xc0000000) >>> 0, true);
    const cut = new Uint8Array(12 + commit + 4);
    cut.set(page.subarray(0, 12 + commit));
    new DataView(cut.buffer).setUint32(12 + commit, 7, true);
    expect(decoder().push(cut).events[0]).toMatchObject({ kind: 'stream.lost', events: 7 });
  });

  test('no bytes throw', () => {
    // A small generator, so that a failure can be repeated.
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 400; round++) {
      const broken = whole.slice(0, random(whole.length));
      for (let n = 0; n < 20 && broken.length > 0; n++) broken[random(broken.length)] = random(256);
      const one = decoder();
      const { errors } = one.push(broken);
      expect(one.errorCount).toBe(errors.length);
    }
  });

  test('what is no format is an error', () => {
    expect(new TraceDecoder({}).formats(['cat: no such file'])).toHaveLength(1);
  });
});
