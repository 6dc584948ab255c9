import { describe, expect, it } from 'vitest';
import { checksumHolds, finishChecksum, pseudoHeaderSum, sumWords } from './checksum.ts';
import { dnsResponse, encodeDnsName, readDnsQuery } from './dns.ts';
import { arpFrame, formatMac, readArp, readEthernetHeader, type MacAddress } from './ethernet.ts';
import { formatIpv4, ipv4, ipv4ChecksumHolds, parseIpv4, readIpv4Header, writeIpv4Header } from './ipv4.ts';
import { formatTcpFlags, readTcpSegment, TCP, tcpHeaderBytes, writeTcpHeader } from './tcp.ts';

describe('the checksum', () => {
  it('is that of the example in RFC 1071', () => {
    expect(sumWords(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7), 0, 8)).toBe(0xddf2);
  });

  it('does not depend on alignment, length or size', () => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, i) => (i * 97) & 255);
    const shifted = new Uint8Array(70_002);
    shifted.set(bytes, 1);
    for (const length of [0, 1, 2, 3, 1459, 65_535, 70_001])
      expect(sumWords(shifted, 1, 1 + length)).toBe(sumWords(bytes, 0, length));
  });

  it('covers the pseudo header', () => {
    expect(finishChecksum(pseudoHeaderSum(ipv4('10.0.2.15'), ipv4('10.0.2.3'), 6, 20))).toBe(0xe7d3);
  });

  it('holds when it is whole, and when it is left to the card; not when a byte was changed', () => {
    const packet = Uint8Array.from({ length: 1001 }, (_, i) => (i * 7) & 255);
    const pseudo = pseudoHeaderSum(ipv4('10.0.2.15'), ipv4('10.0.2.3'), 6, packet.length);
    const put = (sum: number): void => packet.set([sum >>> 8, sum & 255], 16);
    put(0);
    put(finishChecksum(sumWords(packet, 0, packet.length, pseudo)));
    expect(checksumHolds(packet, packet.length, 16, pseudo)).toBe(true);
    packet[500] = 1;
    expect(checksumHolds(packet, packet.length, 16, pseudo)).toBe(false);
    put(pseudo);
    expect(checksumHolds(packet, packet.length, 16, pseudo)).toBe(true);
    expect(checksumHolds(packet, packet.length, 16, pseudo + 1)).toBe(false);
  });
});

describe('addresses', () => {
  it('are read and written', () => {
    expect(formatIpv4(ipv4('255.0.2.15'))).toBe('255.0.2.15');
    for (const wrong of ['', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d', '1..2.3'])
      expect(parseIpv4(wrong)).toBeUndefined();
    expect(formatMac(0x52550a000202 as MacAddress)).toBe('52:55:0a:00:02:02');
  });
});

describe('headers', () => {
  it('IPv4 comes back as written', () => {
    const bytes = new Uint8Array(30);
    const fields = { source: ipv4('10.0.2.3'), destination: ipv4('10.0.2.15'), protocol: 6, id: 513 };
    writeIpv4Header(bytes, 0, fields, 10);
    const header = readIpv4Header(bytes);
    expect(header).toMatchObject({
      ...fields,
      totalBytes: 30,
      headerBytes: 20,
      fragmentOffset: 0,
      moreFragments: false,
    });
    expect(header && ipv4ChecksumHolds(bytes, header)).toBe(true);
    expect(readIpv4Header(bytes.subarray(0, 19))).toBeUndefined();
  });

  it('TCP comes back as written, options too', () => {
    const header = {
      sourcePort: 80,
      destinationPort: 40000,
      seq: 0xfffffff0,
      ack: 5,
      flags: TCP.syn | TCP.ack,
      window: 65535,
      mss: 1460,
      windowScale: 7,
      sackPermitted: true,
    };
    const bytes = new Uint8Array(tcpHeaderBytes(header) + 3);
    writeTcpHeader(bytes, 0, header);
    expect(readTcpSegment(bytes)).toEqual({ ...header, payload: new Uint8Array(3) });
    expect(formatTcpFlags(header.flags)).toBe('SYN, ACK');
    for (let length = 0; length < 32; length++) expect(readTcpSegment(bytes.subarray(0, length))).toBeUndefined();
  });

  it('TCP tells what lies beyond a hole', () => {
    const sack = [
      { from: 0xffffff00, end: 100 },
      { from: 7, end: 9 },
    ];
    const header = { sourcePort: 1, destinationPort: 2, seq: 3, ack: 4, flags: TCP.ack, window: 5, sack };
    const bytes = new Uint8Array(tcpHeaderBytes(header));
    expect(bytes).toHaveLength(40);
    writeTcpHeader(bytes, 0, header);
    expect(readTcpSegment(bytes)).toEqual({ ...header, payload: new Uint8Array(0) });
  });

  it('ARP comes back as written', () => {
    const arp = {
      operation: 'reply',
      senderMac: 1 as MacAddress,
      senderIp: ipv4('10.0.2.2'),
      targetMac: 2 as MacAddress,
      targetIp: ipv4('10.0.2.15'),
    } as const;
    const frame = arpFrame(arp);
    expect(readEthernetHeader(frame)).toEqual({ source: 1, destination: 2, etherType: 0x0806 });
    expect(readArp(frame.subarray(14))).toEqual(arp);
  });

  it('a DNS question is read and repeated in the answer', () => {
    const message = Uint8Array.of(0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...encodeDnsName('A.Internal'), 0, 1, 0, 1);
    const query = readDnsQuery(message);
    if (!query) throw new Error('not read');
    expect(query).toMatchObject({ id: 9, name: 'a.internal', type: 1, recursionDesired: true });
    const answer = dnsResponse(query, 3);
    expect([...answer.subarray(2, 4)]).toEqual([0x85, 0x83]);
    expect(answer.subarray(12)).toEqual(message.subarray(12));
  });
});
