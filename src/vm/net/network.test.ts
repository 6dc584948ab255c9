import { describe, expect, it } from 'vitest';
import { putU16 } from '../../protocol/net/bytes.ts';
import { finishChecksum, pseudoHeaderSum, sumWords } from '../../protocol/net/checksum.ts';
import { ipv4, readIpv4Header, type Ipv4Address } from '../../protocol/net/ipv4.ts';
import { readIcmp, readUdp, writeUdpHeader } from '../../protocol/net/udp.ts';
import { arpFrame, readArp, type MacAddress } from '../../protocol/net/ethernet.ts';
import { ADDRESS } from './network.ts';
import { pageAndGuest, PAGE_MAC, type PageAndGuest } from './testing/page-and-guest.ts';
import { pattern } from './testing/lossy-wire.ts';
import { seededRandom } from './testing/virtual-clock.ts';

const GUEST_MAC = 0x0022156a6b6c as MacAddress;

function arpWhoHas(targetIp: Ipv4Address): Uint8Array {
  return arpFrame({
    operation: 'request',
    senderMac: GUEST_MAC,
    senderIp: ADDRESS.guest,
    targetMac: 0 as MacAddress,
    targetIp,
  });
}

function icmpEcho(length: number): Uint8Array {
  const message = new Uint8Array(8 + length);
  message.set([8, 0, 0, 0, 0x12, 0x34, 0, 1]);
  message.set(pattern(length), 8);
  putU16(message, 2, finishChecksum(sumWords(message, 0, message.length)));
  return message;
}

function udp(destinationPort: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  writeUdpHeader(bytes, 0, 5353, destinationPort, payload.length);
  bytes.set(payload, 8);
  putU16(
    bytes,
    6,
    finishChecksum(
      sumWords(bytes, 0, bytes.length, pseudoHeaderSum(ADDRESS.guest, ADDRESS.services, 17, bytes.length)),
    ),
  );
  return bytes;
}

/** The IP packet of the newest frame. */
function newest({ fromPage }: PageAndGuest) {
  const packet = (fromPage.at(-1) ?? new Uint8Array(0)).subarray(14);
  const header = readIpv4Header(packet);
  if (!header) throw new Error('no IP packet');
  return { header, payload: packet.subarray(header.headerBytes, header.totalBytes) };
}

describe('ARP', () => {
  it('answers for its three addresses and for no other', () => {
    const net = pageAndGuest();
    for (const address of ['10.0.2.2', '10.0.2.3', '10.0.2.4', '10.0.2.9']) net.page.receive(arpWhoHas(ipv4(address)));
    const answers = net.fromPage.map((frame) => readArp(frame.subarray(14)));
    expect(answers).toHaveLength(3);
    expect(answers[1]).toMatchObject({
      operation: 'reply',
      senderMac: PAGE_MAC,
      senderIp: ADDRESS.services,
      targetIp: ADDRESS.guest,
    });
  });

  it('gives up on an address that nobody has', async () => {
    const net = pageAndGuest();
    const connecting = net.page.connect(80, { host: ipv4('10.0.2.99') });
    await expect(net.settle(connecting)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });
});

describe('ICMP', () => {
  it('answers ping', async () => {
    const net = pageAndGuest();
    net.page.receive(arpWhoHas(ADDRESS.gateway));
    net.page.receive(net.frame({ protocol: 1, destination: ADDRESS.gateway }, icmpEcho(56)));
    const { header, payload } = newest(net);
    expect(header).toMatchObject({ source: ADDRESS.gateway, destination: ADDRESS.guest, protocol: 1 });
    expect(readIcmp(payload)).toMatchObject({ type: 0, id: 0x1234, sequence: 1, payload: pattern(56) });
    expect(sumWords(payload, 0, payload.length)).toBe(0xffff);
  });

  it('puts fragments together, whatever their order, and sends them', () => {
    const net = pageAndGuest();
    net.page.receive(arpWhoHas(ADDRESS.gateway));
    const whole = icmpEcho(4000);
    const pieces = [0, 1480, 2960].map((offset) => {
      const frame = net.frame({ protocol: 1, destination: ADDRESS.gateway }, whole.subarray(offset, offset + 1480));
      putU16(frame, 20, offset / 8 + (offset < 2960 ? 0x2000 : 0));
      putU16(frame, 24, 0);
      putU16(frame, 24, finishChecksum(sumWords(frame, 14, 34)));
      return frame;
    });
    for (const n of [2, 0, 1]) net.page.receive(pieces[n] ?? new Uint8Array(0));
    const answer = net.fromPage.slice(1).map((frame) => frame.subarray(34));
    expect(answer.map((piece) => piece.length)).toEqual([1480, 1480, 1048]);
    expect(readIcmp(Buffer.concat(answer))).toMatchObject({ type: 0, payload: Buffer.from(pattern(4000)) });
  });

  it('says that there is no Internet, and that a UDP port is closed', () => {
    const net = pageAndGuest();
    net.page.receive(arpWhoHas(ADDRESS.gateway));
    net.page.receive(net.frame({ protocol: 1, destination: ipv4('8.8.8.8') }, icmpEcho(8)));
    expect(newest(net).header.source).toBe(ADDRESS.gateway);
    expect(readIcmp(newest(net).payload)).toMatchObject({ type: 3, code: 0 });
    net.page.receive(net.frame({ protocol: 17 }, udp(123, pattern(8))));
    expect(newest(net).header.source).toBe(ADDRESS.services);
    expect(readIcmp(newest(net).payload)).toMatchObject({ type: 3, code: 3 });
  });
});

describe('UDP', () => {
  it('reaches a listener, which answers', () => {
    const net = pageAndGuest();
    net.page.receive(arpWhoHas(ADDRESS.gateway));
    net.page.listenUdp(ADDRESS.services, 7, (request) => request.reply(request.payload));
    net.page.receive(net.frame({ protocol: 17 }, udp(7, pattern(33))));
    expect(readUdp(newest(net).payload)).toMatchObject({ sourcePort: 7, destinationPort: 5353, payload: pattern(33) });
  });
});

describe('TCP over frames', () => {
  it('connects both ways', async () => {
    const net = pageAndGuest();
    net.guest.listen(ADDRESS.guest, 8080, (incoming) => {
      const stream = incoming.accept();
      void stream.write(pattern(100_000)).then(() => stream.end());
    });
    const read = async (): Promise<number> => {
      const stream = await net.page.connect(8080);
      let length = 0;
      for (let bytes = await stream.read(); bytes; bytes = await stream.read()) length += bytes.length;
      stream.end();
      return length;
    };
    expect(await net.settle(read())).toBe(100_000);
    net.page.listen(ADDRESS.services, 80, (incoming) => incoming.accept().end());
    const stream = await net.settle(net.connect(ADDRESS.services, 80));
    expect(await net.settle(stream.read())).toBeNull();
    await expect(net.settle(net.connect(ADDRESS.services, 81))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(net.settle(net.connect(ADDRESS.host, 5432))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('stands still while the machine does, and forgets it at a reset', async () => {
    const net = pageAndGuest();
    net.page.freeze();
    let failed = false;
    void net.page.connect(80, { host: ipv4('10.0.2.99') }).catch(() => (failed = true));
    await net.clock.run(() => failed, 600_000);
    expect(failed).toBe(false);
    net.page.thaw();
    net.page.reset();
    await net.clock.run(() => failed, 10);
    expect(failed).toBe(true);
  });
});

describe('anything at all', () => {
  it('never throws at random frames', () => {
    const net = pageAndGuest();
    const random = seededRandom(4);
    for (let round = 0; round < 20_000; round++) {
      net.page.receive(Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)));
    }
  });

  it('never throws at good frames with some bytes changed, checksums mended', async () => {
    const net = pageAndGuest(3);
    const random = seededRandom(5);
    const seen: Uint8Array[] = [icmpEcho(40), udp(53, pattern(30)), udp(7, pattern(3))].map((payload, n) =>
      net.frame({ protocol: n === 0 ? 1 : 17 }, payload),
    );
    net.page.listenUdp(ADDRESS.services, 53, (request) => request.reply(request.payload));
    net.page.listen(ADDRESS.services, 'any', (incoming) => {
      const stream = incoming.accept();
      void (async () => {
        for (let bytes = await stream.read(); bytes; bytes = await stream.read()) await stream.write(bytes);
        stream.end();
      })().catch(() => {});
    });
    const receive = net.page.receive.bind(net.page);
    net.page.receive = (frame) => {
      seen.push(frame);
      receive(frame);
    };
    for (let round = 0; round < 3000; round++) {
      if (round % 100 === 0) {
        void net.connect(ADDRESS.services, 80 + round).then(
          (stream) => void stream.write(pattern(3000)).catch(() => {}),
          () => {},
        );
      }
      await net.clock.run(() => false, 5);
      const frame = (seen[Math.floor(random() * seen.length)] ?? new Uint8Array(60)).slice();
      for (let n = 0; n < 3; n++) frame[12 + Math.floor(random() * (frame.length - 12))] = Math.floor(random() * 256);
      mendChecksums(frame);
      receive(frame.subarray(0, random() < 0.2 ? Math.floor(random() * frame.length) : frame.length));
      if (seen.length > 400) seen.splice(0, 100);
    }
  });
});

function mendChecksums(frame: Uint8Array): void {
  const headerBytes = ((frame[14] ?? 0) & 15) * 4;
  putU16(frame, 24, 0);
  putU16(frame, 24, finishChecksum(sumWords(frame, 14, Math.min(frame.length, 14 + headerBytes))));
  const header = readIpv4Header(frame.subarray(14));
  if (!header || header.protocol !== 6) return;
  const start = 14 + header.headerBytes;
  const end = Math.min(frame.length, 14 + header.totalBytes);
  putU16(frame, start + 16, 0);
  const pseudo = pseudoHeaderSum(header.source, header.destination, 6, end - start);
  putU16(frame, start + 16, finishChecksum(sumWords(frame, start, end, pseudo)));
}
