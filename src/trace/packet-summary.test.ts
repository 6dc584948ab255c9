import { expect, test } from 'vitest';
import { ipv6, summarise } from './packet-summary.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (pair) => parseInt(pair, 16));

test('a TCP segment', () => {
  const packet = hex('45000034 00004000 40060000 ac110002 0a000202 0050 c350 00000001 00000002 8012 ffff 0000 0000');
  expect(summarise(packet, 0x0800)).toEqual({
    protocol: 'tcp',
    source: '172.17.0.2',
    destination: '10.0.2.2',
    sourcePort: 80,
    destinationPort: 50000,
    flags: 'SA',
    sequence: 1,
    acknowledgement: 2,
  });
});

test('a later fragment has no ports', () => {
  expect(summarise(hex('45000034 00000010 40060000 ac110002 0a000202 0050c350'), 0x0800).sourcePort).toBeUndefined();
});

test('ARP, and packets cut short', () => {
  expect(summarise(hex('0001 0800 0604 0001 0242ac110002 ac110002 000000000000 ac110001'), 0x0806)).toEqual({
    protocol: 'arp',
    source: '172.17.0.2',
    destination: '172.17.0.1',
  });
  expect(summarise(hex('45'), 0x0800).protocol).toBe('other');
  expect(summarise(hex('45000034 00004000 40060000 ac110002 0a000202'), 0x0800)).toEqual({
    protocol: 'tcp',
    source: '172.17.0.2',
    destination: '10.0.2.2',
  });
});

test('IPv6 addresses as RFC 5952 writes them', () => {
  expect(ipv6(hex('fe80000000000000c0ef8afffe7ff940'))).toBe('fe80::c0ef:8aff:fe7f:f940');
  expect(ipv6(hex('00000000000000000000000000000001'))).toBe('::1');
  expect(ipv6(hex('ff020000000000000000000000000016'))).toBe('ff02::16');
  expect(ipv6(new Uint8Array(16))).toBe('::');
  expect(ipv6(hex('20010db8000000000001000000000001'))).toBe('2001:db8::1:0:0:1');
});

test('questions to a name server and their answers, also at the embedded one behind its NAT rule', () => {
  const question = '825aad fb001cfe39 0a16 0100 0001 0000 0000 0000 03 777777 00 0001 0001'.replaceAll(' ', '');
  const loopback = '45000030 1adc4000 4011 21d5 7f000001 7f00000b';
  expect(summarise(hex(`${loopback} ${question}`), 0x0800)).toMatchObject({
    protocol: 'udp',
    destination: '127.0.0.11',
    dns: { kind: 'question', name: 'www', type: 'A' },
  });
  const answer = '0035825a 002cfe49 0a16 8583 0001 0000 0000 0000 06 6e6f73756368 00 0001 0001'.replaceAll(' ', '');
  expect(summarise(hex(`45000040 9dc84000 4011 9ed8 0a000203 ac110002 ${answer}`), 0x0800).dns).toEqual({
    kind: 'answer',
    name: 'nosuch',
    type: 'A',
    rcode: 3,
    answers: 0,
  });
  const cut = '8000 0035 0020 0000 0a16 0100 0001 0000 0000 0000 08 7265676973'.replaceAll(' ', '');
  expect(summarise(hex(`45000040 00004000 4011 0000 ac110002 0a000203 ${cut}`), 0x0800).dns?.name).toBe('regis…');
  const plain = '8000 9000 0020 0000 0a16 0100'.replaceAll(' ', '');
  expect(summarise(hex(`45000040 00004000 4011 0000 ac110002 0a000203 ${plain}`), 0x0800).dns).toBeUndefined();
});

test('an answer’s first address, behind a pointer to the name or behind the name itself', () => {
  const ip = '4500003f 00004000 4011 0000 7f00000b 7f000001';
  const head = `0035 a000 002b 0000 ${'0a16 8580 0001 0001 0000 0000'} 02 6462 00 0001 0001`;
  const record = '0001 0001 0000003c 0004 ac120002';
  for (const name of ['c00c', '02 6462 00'])
    expect(summarise(hex(`${ip} ${head} ${name} ${record}`), 0x0800).dns).toEqual({
      kind: 'answer',
      name: 'db',
      type: 'A',
      rcode: 0,
      answers: 1,
      address: '172.18.0.2',
    });
  const cut = summarise(hex(`${ip} ${head} c00c 0001 0001`), 0x0800).dns;
  expect(cut).toMatchObject({ name: 'db', answers: 1 });
  expect(cut?.address).toBeUndefined();
});
