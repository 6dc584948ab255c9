// The name server at 10.0.2.3: the page's own names, and an honest "I cannot know" for the rest of the Internet (RFC 1035, 6761).
import { putU16 } from '../../protocol/net/bytes.ts';
import {
  DNS_RCODE,
  DNS_TYPE,
  dnsResponse,
  encodeDnsName,
  readDnsQuery,
  type DnsQuery,
} from '../../protocol/net/dns.ts';
import { formatIpv4, type Ipv4Address } from '../../protocol/net/ipv4.ts';
import type { ByteStream } from '../byte-stream.ts';
import { MessageReader } from './http/message.ts';
import { ADDRESS, type Network } from './network.ts';

const TTL_SECONDS = 60;

/** The names of this network. Docker Desktop's names for the host and the gateway are the same. */
export const NAMES: ReadonlyMap<string, Ipv4Address> = new Map([
  ['registry.drydock.internal', ADDRESS.services],
  ['dns.drydock.internal', ADDRESS.services],
  ['gateway.drydock.internal', ADDRESS.gateway],
  ['gateway.docker.internal', ADDRESS.gateway],
  ['host.docker.internal', ADDRESS.host],
]);

/** We are the authority for `.internal` (RFC 9476 keeps it private) and for our own addresses backwards. */
function answer(query: DnsQuery): Uint8Array {
  if (query.opcode !== 0) return dnsResponse(query, DNS_RCODE.notImplemented);
  const address = NAMES.get(query.name);
  if (address !== undefined) {
    if (query.type !== DNS_TYPE.a && query.type !== DNS_TYPE.any) return dnsResponse(query, DNS_RCODE.noError);
    const data = Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
    return dnsResponse(query, DNS_RCODE.noError, [{ type: DNS_TYPE.a, ttlSeconds: TTL_SECONDS, data }]);
  }
  if (query.name.endsWith('.in-addr.arpa')) return answerReverse(query);
  // A name without a dot, or under .internal, does not exist. Any other may exist, but there is no Internet here to ask.
  const known = !query.name.includes('.') || query.name.endsWith('.internal');
  return dnsResponse(query, known ? DNS_RCODE.nameError : DNS_RCODE.serverFailure);
}

function answerReverse(query: DnsQuery): Uint8Array {
  const asked = query.name.replace('.in-addr.arpa', '').split('.').reverse().join('.');
  const name = [...NAMES].find(([, address]) => formatIpv4(address) === asked)?.[0];
  if (name === undefined) return dnsResponse(query, DNS_RCODE.nameError);
  if (query.type !== DNS_TYPE.ptr && query.type !== DNS_TYPE.any) return dnsResponse(query, DNS_RCODE.noError);
  return dnsResponse(query, DNS_RCODE.noError, [
    { type: DNS_TYPE.ptr, ttlSeconds: TTL_SECONDS, data: encodeDnsName(name) },
  ]);
}

/** The answer to one message; undefined for what is no query. */
export function answerDns(message: Uint8Array): Uint8Array | undefined {
  const query = readDnsQuery(message);
  return query && answer(query);
}

export function serveDns(network: Network): void {
  network.listenUdp(ADDRESS.services, 53, (request) => {
    const response = answerDns(request.payload);
    if (response) request.reply(response);
  });
  network.listen(ADDRESS.services, 53, (incoming) => {
    const stream = incoming.accept();
    serveDnsStream(stream).catch(() => stream.end());
  });
}

/** Over TCP each message has its length in front (RFC 1035 section 4.2.2). */
async function serveDnsStream(stream: ByteStream): Promise<void> {
  const reader = new MessageReader(stream);
  const exactly = async (bytes: number): Promise<Uint8Array> => {
    const whole = new Uint8Array(bytes);
    let at = 0;
    for await (const part of reader.body({ kind: 'length', bytes })) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  for (;;) {
    const [high = 0, low = 0] = await exactly(2);
    const response = answerDns(await exactly(high * 256 + low));
    if (!response) return stream.abort();
    const framed = new Uint8Array(2 + response.length);
    putU16(framed, 0, response.length);
    framed.set(response, 2);
    await stream.write(framed);
  }
}
