import { describe, expect, it } from 'vitest';
import { encodeDnsName } from '../../protocol/net/dns.ts';
import { answerDns, serveDns } from './dns-server.ts';
import { ADDRESS } from './network.ts';
import { pageAndGuest } from './testing/page-and-guest.ts';
import { seededRandom } from './testing/virtual-clock.ts';

function query(name: string, type = 1): Uint8Array {
  return Uint8Array.from([0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...encodeDnsName(name), 0, type, 0, 1]);
}

function ask(name: string, type = 1) {
  const answer = answerDns(query(name, type)) ?? new Uint8Array(0);
  return {
    rcode: (answer[3] ?? 0) & 15,
    answers: answer[7] ?? 0,
    data: [...answer.subarray(answer.length - 4)],
    id: answer[1],
  };
}

describe('the name server', () => {
  it('knows the names of this network, in any case', () => {
    expect(ask('registry.drydock.internal')).toEqual({ rcode: 0, answers: 1, data: [10, 0, 2, 3], id: 0xcd });
    expect(ask('Host.Docker.Internal')).toMatchObject({ answers: 1, data: [10, 0, 2, 4] });
    expect(ask('gateway.docker.internal')).toMatchObject({ answers: 1, data: [10, 0, 2, 2] });
  });

  it('says "no such address" for IPv6, and the name for an address', () => {
    expect(ask('registry.drydock.internal', 28)).toMatchObject({ rcode: 0, answers: 0 });
    expect(ask('3.2.0.10.in-addr.arpa', 12)).toMatchObject({ rcode: 0, answers: 1 });
    expect(ask('9.2.0.10.in-addr.arpa', 12)).toMatchObject({ rcode: 3 });
  });

  it('denies only what it has authority over', () => {
    expect(ask('nothing.internal').rcode).toBe(3);
    expect(ask('nginx').rcode).toBe(3);
    expect(ask('example.com').rcode).toBe(2);
  });

  it('serves over TCP too', async () => {
    const net = pageAndGuest();
    serveDns(net.page);
    const stream = await net.settle(net.connect(ADDRESS.services, 53));
    const message = query('registry.drydock.internal');
    await stream.write(Uint8Array.from([0, message.length, ...message]));
    stream.end();
    const answer = await net.settle(stream.read());
    expect([...(answer ?? []).slice(-4)]).toEqual([10, 0, 2, 3]);
  });

  it('never throws at random messages', () => {
    const random = seededRandom(6);
    for (let round = 0; round < 20_000; round++) {
      const bytes = query('registry.drydock.internal');
      for (let n = 0; n < 5; n++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      answerDns(bytes.subarray(0, Math.floor(random() * (bytes.length + 1))));
    }
  });
});
