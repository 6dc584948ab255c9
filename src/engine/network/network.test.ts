import { beforeEach, describe, expect, it } from 'vitest';
import { installDouble } from '../sys/double.ts';
import { formatIpv4, formatSubnet, macOf, overlaps, parseIpv4, parseSubnet } from './address.ts';
import { hostsFile, resolvConf } from './container-files.ts';
import { chooseAddress, choosePool } from './ipam.ts';
import { attributes, Batch, forEachMessage } from './netlink.ts';
import { newRecord, predefinedNetworks } from './records.ts';
import type { Endpoint, NetworkRecord } from './types.ts';

beforeEach(
  () =>
    void installDouble({ files: { '/etc/resolv.conf': 'nameserver 127.0.0.53\nnameserver 10.0.2.3\nsearch lan\n' } }),
);

const subnet = (text: string) => parseSubnet(text) ?? { network: 0, prefixLength: 0 };
const address = (text: string): number => parseIpv4(text) ?? -1;

describe('addresses', () => {
  it('come and go as text', () => {
    expect(formatIpv4(address('172.17.0.2'))).toBe('172.17.0.2');
    expect(formatSubnet(subnet('192.168.5.77/20'))).toBe('192.168.0.0/20');
    expect(['256.1.1.1', '1.2.3', '1.2.3.4.5', 'a.b.c.d', ''].map(parseIpv4)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(['1.2.3.4', '1.2.3.4/33', '1.2.3.4/x'].map(parseSubnet)).toEqual([undefined, undefined, undefined]);
  });
  it('make MAC addresses', () => expect(macOf(address('172.17.0.2'))).toBe('02:42:ac:11:00:02'));
  it('overlap if one holds the other', () => {
    expect(overlaps(subnet('172.16.0.0/12'), subnet('172.17.0.0/16'))).toBe(true);
    expect(overlaps(subnet('172.17.0.0/16'), subnet('172.18.0.0/16'))).toBe(false);
  });
});

describe('ipam', () => {
  it("takes Docker's pools in order", () => {
    const taken = [subnet('172.17.0.0/16'), subnet('172.18.0.0/16')];
    expect(choosePool({ Name: 'x' }, taken)).toEqual({ Subnet: '172.19.0.0/16', Gateway: '172.19.0.1' });
    expect(choosePool({ Name: 'x' }, [subnet('172.16.0.0/12')]).Subnet).toBe('192.168.0.0/20');
    expect(() => choosePool({ Name: 'x' }, [subnet('0.0.0.0/0')])).toThrow(
      'all predefined address pools have been fully subnetted',
    );
  });
  it('takes what is asked for, or says why not', () => {
    const ask = (config: object) => choosePool({ Name: 'x', IPAM: { Config: [config] } }, [subnet('172.17.0.0/16')]);
    expect(ask({ Subnet: '10.5.0.0/24', IPRange: '10.5.0.128/25' })).toEqual({
      Subnet: '10.5.0.0/24',
      IPRange: '10.5.0.128/25',
      Gateway: '10.5.0.129',
    });
    expect(() => ask({ Subnet: '172.17.3.0/24' })).toThrow('Pool overlaps with other one on this address space');
    expect(() => ask({ Subnet: 'rubbish' })).toThrow('invalid subnet rubbish');
    const wrong = {
      Subnet: '10.5.0.0/24',
      IPRange: '10.0.0.0/8',
      Gateway: '10.6.0.1',
      AuxiliaryAddresses: { me: 'x' },
    };
    expect(() => ask(wrong)).toThrow(
      [
        'invalid network config:',
        'invalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.5.0.0/24',
        "invalid gateway 10.6.0.1: parent subnet 10.5.0.0/24 doesn't contain this address",
        'invalid auxiliary address me: invalid address',
      ].join('\n'),
    );
  });
  it('gives the lowest free address, and never the network, the gateway or the broadcast', () => {
    const config = { Subnet: '10.5.0.0/29', Gateway: '10.5.0.1' };
    const used = new Set<number>();
    const given: string[] = [];
    for (let i = 0; i < 5; i++) {
      const next = chooseAddress(config, used, undefined);
      used.add(next);
      given.push(formatIpv4(next));
    }
    expect(given).toEqual(['10.5.0.2', '10.5.0.3', '10.5.0.4', '10.5.0.5', '10.5.0.6']);
    expect(() => chooseAddress(config, used, undefined)).toThrow('no available IPv4 addresses');
    used.delete(address('10.5.0.3'));
    expect(formatIpv4(chooseAddress(config, used, undefined))).toBe('10.5.0.3');
    expect(() => chooseAddress(config, used, '10.5.0.2')).toThrow('Address already in use');
    expect(() => chooseAddress(config, used, '10.9.0.2')).toThrow('out of range');
  });
});

describe('netlink codec', () => {
  it('packs several requests, each with its length, sequence and nested attributes', () => {
    const batch = new Batch().request('one', 16, 4).link(0, 1).text(3, 'docker0');
    batch.nest(18, () => batch.text(1, 'bridge'));
    batch.request('two', 20, 4).u8(2).u8(16).u8(0).u8(0).u32(7).address(1, address('10.0.0.1'));
    const bytes = batch.finish();
    const seen: unknown[] = [];
    forEachMessage(bytes, (type, sequence, view, at, end) => {
      const found = attributes(view, at + (type === 16 ? 16 : 8), end);
      seen.push([
        type,
        sequence,
        [...found].map(([kind, { at: from, length }]) => [kind, [...bytes.subarray(from, from + length)]]),
      ]);
    });
    expect(seen).toEqual([
      [
        16,
        1,
        [
          [3, [100, 111, 99, 107, 101, 114, 48, 0]],
          [18, [11, 0, 1, 0, 98, 114, 105, 100, 103, 101, 0, 0]],
        ],
      ],
      [20, 2, [[1, [10, 0, 0, 1]]]],
    ]);
  });
  it('does not read past a damaged message', () => {
    const bytes = new Uint8Array(24).fill(255);
    forEachMessage(bytes, () => expect.unreachable());
    expect(attributes(new DataView(bytes.buffer), 0, 24).size).toBeLessThan(2);
  });
});

describe('network records', () => {
  let existing: NetworkRecord[];
  beforeEach(() => void (existing = predefinedNetworks([])));
  it('begin with bridge, host and none', () => {
    expect(existing.map(({ Name, Driver }) => [Name, Driver])).toEqual([
      ['bridge', 'bridge'],
      ['host', 'host'],
      ['none', 'null'],
    ]);
    expect(predefinedNetworks(existing)).toEqual([]);
  });
  it.each([
    [{ Name: 'bridge' }, 'operation is not permitted on predefined bridge network'],
    [{ Name: 'a b' }, 'includes invalid characters'],
    [{ Name: 'x', Driver: 'host' }, 'only one instance of "host" network is allowed'],
    [{ Name: 'x', Driver: 'weave' }, 'could not find plugin weave in v1 plugin registry: plugin not found'],
  ])('refuses %j', (request, message) => expect(() => newRecord(request, existing)).toThrow(message));
  it('refuses a name that is taken', () => {
    const made: NetworkRecord = newRecord({ Name: 'x', Labels: { a: 'b' } }, existing);
    expect(made).toMatchObject({ Name: 'x', Labels: { a: 'b' }, IPAM: { Config: [{ Subnet: '172.18.0.0/16' }] } });
    expect(() => newRecord({ Name: 'x' }, [...existing, made])).toThrow('network with name x already exists');
  });
});

describe("the container's files", () => {
  it('hosts: the image-independent head, --add-host, and its own address', () => {
    const text = hostsFile([{ ipv4: '172.17.0.2' } as Endpoint], 'abc', ['db:10.1.1.1']);
    expect(text.split('\n').slice(6)).toEqual(['10.1.1.1\tdb', '172.17.0.2\tabc', '']);
  });
  it('resolv.conf: the servers of this machine without loopback, or those asked for', () => {
    expect(resolvConf({})).toBe('nameserver 10.0.2.3\nsearch lan\n');
    expect(resolvConf({ dns: ['1.1.1.1'], search: ['.'], options: ['ndots:0'] })).toBe(
      'nameserver 1.1.1.1\noptions ndots:0\n',
    );
  });
});
