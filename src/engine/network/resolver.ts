// The name server that a container on a user-defined network finds at 127.0.0.11. Its sockets belong to the container's own
// network namespace, though dockerd answers at them; two rules in that namespace turn port 53 into their ports, so that a
// container may run a name server itself. `nsenter --net=… iptables -t nat -S` shows them. RFC 1035
//
//   program ─▶ 127.0.0.11:53 ─ DOCKER_OUTPUT (DNAT) ─▶ 127.0.0.11:41234  dockerd: a name of ours?  answer
//           ◀─ 127.0.0.11:53 ◀─ DOCKER_POSTROUTING (SNAT) ─              else ask the servers outside, as the container
import {
  DNS_RCODE,
  DNS_TYPE,
  dnsResponse,
  encodeDnsName,
  readDnsQuery,
  type DnsQuery,
} from '../../protocol/net/dns.ts';
import { FdReader, FdWriter, onReadable } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { parseIpv4, type Subnet } from './address.ts';
import { Forwarder, framed, messageEnd } from './forwarder.ts';
import { inNetns } from './sandbox.ts';
import { Table } from './xtables.ts';
import type { Rule } from './xtables-rule.ts';

export const RESOLVER_ADDRESS = '127.0.0.11';
const HERE: Subnet = { network: parseIpv4(RESOLVER_ADDRESS) ?? 0, prefixLength: 32 };
const [OUTPUT, POSTROUTING] = ['DOCKER_OUTPUT', 'DOCKER_POSTROUTING'];
const DNS_PORT = 53;
/** As Docker's: containers come and go, but programs ask again and again. */
const TTL_SECONDS = 600;
const REVERSE = '.in-addr.arpa';
const UDP_MAX_BYTES = 4096;
const ANSWERS_MAX = 64;

/** What a container may know of the networks that it is on. */
export interface Directory {
  /** Addresses by a name in lower case; undefined: no name of ours. */
  readonly addressesOf: (name: string) => readonly number[] | undefined;
  /** `web.mynet` by an address. */
  readonly nameOf: (address: number) => string | undefined;
}

export interface ResolverOptions {
  readonly directory: Directory;
  /** Name servers for all other names; none if the container cannot reach the outside. */
  readonly servers: () => readonly string[];
}

/** Opens the sockets in the namespace and puts the rules there; what an earlier dockerd had put is replaced. */
export function startResolver(netns: number, options: ResolverOptions): Resolver {
  const [udp, tcp, tables] = inNetns(netns, () => [
    sys.socket(sys.AF.INET, sys.SOCK.DGRAM | sys.SOCK.NONBLOCK),
    sys.socket(sys.AF.INET, sys.SOCK.STREAM | sys.SOCK.NONBLOCK),
    sys.socket(sys.AF.INET, sys.SOCK.RAW, sys.IPPROTO.RAW),
  ]);
  try {
    for (const fd of [udp, tcp]) sys.bind(fd, { family: 'inet', address: RESOLVER_ADDRESS, port: 0 });
    sys.listen(tcp);
    putRules(tables, portOf(udp), portOf(tcp));
    return new Resolver(udp, tcp, options, new Forwarder(netns, options.servers));
  } catch (error) {
    for (const fd of [udp, tcp]) sys.closeQuietly(fd);
    throw error;
  } finally {
    sys.closeQuietly(tables);
  }
}

/** Takes the rules away again: the container is on no user-defined network any more. */
export function removeResolverRules(netns: number): void {
  const tables = inNetns(netns, () => sys.socket(sys.AF.INET, sys.SOCK.RAW, sys.IPPROTO.RAW));
  try {
    const nat = Table.read(tables, 'nat');
    for (const chain of [OUTPUT, POSTROUTING]) if (nat.chain(chain)) nat.flush(chain);
    nat.commit(tables);
  } finally {
    sys.closeQuietly(tables);
  }
}

function portOf(fd: number): number {
  const name = sys.getsockname(fd);
  return name.family === 'inet' ? name.port : 0;
}

function putRules(tables: number, udpPort: number, tcpPort: number): void {
  const nat = Table.read(tables, 'nat');
  for (const chain of [OUTPUT, POSTROUTING]) {
    nat.ensureChain(chain);
    nat.flush(chain);
  }
  nat.ensureRule('OUTPUT', { destination: HERE, target: { chain: OUTPUT } });
  nat.ensureRule('POSTROUTING', { destination: HERE, target: { chain: POSTROUTING } });
  for (const [protocol, port] of [
    ['tcp', tcpPort],
    ['udp', udpPort],
  ] as const) {
    const there: Rule = {
      destination: HERE,
      protocol,
      destinationPort: DNS_PORT,
      target: { address: HERE.network, port },
    };
    const back: Rule = { source: HERE, protocol, sourcePort: port, target: { sourcePort: DNS_PORT } };
    nat.ensureRule(OUTPUT, there);
    nat.ensureRule(POSTROUTING, back);
  }
  nat.commit(tables);
}

export class Resolver {
  readonly #buffer = new Uint8Array(UDP_MAX_BYTES);
  /** Our own answers by what was asked, without the message's number. */
  readonly #answers = new Map<string, Uint8Array>();

  constructor(
    readonly udp: number,
    readonly tcp: number,
    readonly options: ResolverOptions,
    readonly forwarder: Forwarder,
  ) {
    onReadable(udp, () => this.#datagrams());
    onReadable(tcp, () => {
      for (let peer = sys.accept(tcp); peer >= 0; peer = sys.accept(tcp)) void this.#connection(peer);
    });
  }

  /** Its sockets would keep the namespace alive. */
  close(): void {
    this.forwarder.close();
    for (const fd of [this.udp, this.tcp]) sys.closeQuietly(fd);
  }

  /** The names have changed. */
  forget(): void {
    this.#answers.clear();
  }

  /** One question a turn of the loop: that there is no second one yet, epoll knows without being asked. */
  #datagrams(): void {
    const length = sys.receive(this.udp, this.#buffer);
    if (length === null) return;
    // Programs ask the same again and again: all but the number in front is as it was.
    const asked = sys.latin1Decode(this.#buffer.subarray(2, length));
    const known = this.#answers.get(asked);
    if (known) {
      known[0] = this.#buffer[0] as number;
      known[1] = this.#buffer[1] as number;
      sys.sendBack(this.udp, known);
      return;
    }
    const query = readDnsQuery(this.#buffer.subarray(0, length));
    if (!query) return;
    const answer = this.#own(query);
    if (answer) {
      if (this.#answers.size >= ANSWERS_MAX) this.forget();
      this.#answers.set(asked, answer);
      sys.sendBack(this.udp, answer);
    } else this.#outside(query, this.#buffer.slice(0, length), sys.lastSender());
  }

  #outside(query: DnsQuery, message: Uint8Array, from: sys.SocketAddress): void {
    // The buffer is used again before the answer comes.
    const kept = { ...query, question: query.question.slice() };
    this.forwarder.ask(kept, message).then(
      (bytes) => void sys.sendto(this.udp, bytes ?? dnsResponse(kept, DNS_RCODE.serverFailure), from),
      () => undefined,
    );
  }

  /** Over TCP each message has its length in front. RFC 1035 section 4.2.2 */
  async #connection(fd: number): Promise<void> {
    try {
      const [reader, writer] = [new FdReader(fd), new FdWriter(fd)];
      let pending: Uint8Array = new Uint8Array();
      for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
        pending = sys.concat([pending, bytes]);
        for (let end = messageEnd(pending); end <= pending.length; end = messageEnd(pending)) {
          const message = pending.slice(2, end);
          pending = pending.slice(end);
          const query = readDnsQuery(message);
          if (!query) return;
          const answer = this.#own(query) ?? (await this.forwarder.askByTcp(message));
          await writer.write(framed(answer ?? dnsResponse(query, DNS_RCODE.serverFailure)));
        }
      }
    } catch {
      // A broken connection concerns the program that made it.
    } finally {
      sys.closeQuietly(fd);
    }
  }

  /** The answer if it is ours to give; undefined: ask outside. */
  #own(query: DnsQuery): Uint8Array | undefined {
    if (query.opcode !== 0) return dnsResponse(query, DNS_RCODE.notImplemented);
    if (query.type === DNS_TYPE.ptr && query.name.endsWith(REVERSE)) {
      const octets = query.name.slice(0, -REVERSE.length).split('.').reverse().join('.');
      const name = this.options.directory.nameOf(parseIpv4(octets) ?? -1);
      if (name === undefined) return undefined;
      const data = encodeDnsName(name);
      return dnsResponse(query, DNS_RCODE.noError, [{ type: DNS_TYPE.ptr, ttlSeconds: TTL_SECONDS, data }]);
    }
    const addresses = this.options.directory.addressesOf(query.name);
    if (!addresses) return undefined;
    // The name is there, without records of any other type.
    if (query.type !== DNS_TYPE.a && query.type !== DNS_TYPE.any) return dnsResponse(query, DNS_RCODE.noError);
    const records = addresses.map((address) => ({
      type: DNS_TYPE.a,
      ttlSeconds: TTL_SECONDS,
      data: Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address),
    }));
    return dnsResponse(query, DNS_RCODE.noError, records);
  }
}
