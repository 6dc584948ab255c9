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
