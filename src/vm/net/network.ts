// The page's end of the VM's network cable: a small host with three addresses, made of link.ts (Ethernet, ARP), this file (IPv4,
// ICMP, UDP) and tcp/. The VM's worker carries frames between it and the emulated card (nic.ts). See docs/decisions/network.md.
import { putU16 } from '../../protocol/net/bytes.ts';
import { checksumHolds, finishChecksum, pseudoHeaderSum, sumWords } from '../../protocol/net/checksum.ts';
import { ETHERNET_HEADER_BYTES } from '../../protocol/net/ethernet.ts';
import {
  IP_PROTOCOL,
  IPV4_HEADER_BYTES,
  ipv4,
  ipv4ChecksumHolds,
  readIpv4Header,
  type Ipv4Address,
  type Ipv4Header,
} from '../../protocol/net/ipv4.ts';
import { readTcpSegment } from '../../protocol/net/tcp.ts';
import {
  ICMP,
  ICMP_HEADER_BYTES,
  readIcmp,
  readUdp,
  UDP_CHECKSUM_AT,
  UDP_HEADER_BYTES,
  UNREACHABLE,
  writeUdpHeader,
} from '../../protocol/net/udp.ts';
import { FreezableClock, hostClock, type Clock } from './clock.ts';
import { Fragments } from './fragments.ts';
import { Link } from './link.ts';
import type { TcpErrorCode, TcpStream } from './tcp/stream.ts';
import { Tcp, type TcpListener } from './tcp/tcp.ts';

/** Who is who on the cable. */
export const ADDRESS = {
  guest: ipv4('10.0.2.15'),
  gateway: ipv4('10.0.2.2'),
  services: ipv4('10.0.2.3'),
  host: ipv4('10.0.2.4'),
} as const;

const OURS: readonly Ipv4Address[] = [ADDRESS.gateway, ADDRESS.services, ADDRESS.host];
const NETWORK_MASK = 0xffffff00;

export interface UdpRequest {
  readonly source: Ipv4Address;
  readonly sourcePort: number;
  readonly payload: Uint8Array;
  reply(payload: Uint8Array): void;
}

export interface NetworkOptions {
  /** Puts a frame onto the guest's card. */
  readonly send: (frame: Uint8Array) => void;
  /** Of the cable; the guest's card must have the same. */
  readonly mtu?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface Network {
  /** A frame that the guest's card sent. Never throws. The frame is kept for as long as its bytes are unread. */
  receive(frame: Uint8Array): void;
  /** TCP from 10.0.2.2 to the guest, by default to 10.0.2.15, where published ports are. Rejects with TcpError. */
  connect(port: number, options?: { readonly host?: Ipv4Address; readonly signal?: AbortSignal }): Promise<TcpStream>;
  /** Returns how to stop. `'any'` takes the ports that nobody else took. */
  listen(address: Ipv4Address, port: number | 'any', listener: TcpListener): () => void;
  listenUdp(address: Ipv4Address, port: number, receive: (request: UdpRequest) => void): () => void;
  /** The VM stands still: so do all timers. */
  freeze(): void;
  thaw(): void;
  /** The VM was booted or restored anew: its connections and hardware address are gone. Listeners stay. */
  reset(): void;
}

export function createNetwork(options: NetworkOptions): Network {
  return new PageHost(options);
}

class PageHost implements Network {
  readonly #clock: FreezableClock;
  readonly #link: Link;
  readonly #tcp: Tcp;
  readonly #fragments: Fragments;
  readonly #udp = new Map<string, (request: UdpRequest) => void>();

  constructor(options: NetworkOptions) {
    const mtu = options.mtu ?? 1500;
    this.#clock = new FreezableClock(options.clock ?? hostClock);
    this.#fragments = new Fragments(this.#clock);
    this.#link = new Link({
      clock: this.#clock,
      mtu,
      addresses: OURS,
      nextHop: (to) => ((to & NETWORK_MASK) === (ADDRESS.gateway & NETWORK_MASK) ? to : ADDRESS.guest),
      send: options.send,
      receiveIpv4: (packet) => this.#receiveIpv4(packet),
      unresolved: (frame) => this.#failedSend(frame.subarray(ETHERNET_HEADER_BYTES), 'EHOSTUNREACH'),
    });
    this.#tcp = new Tcp({
      clock: this.#clock,
      random: options.random ?? Math.random,
      mtu,
      send: (protocol, source, destination, bytes, write) =>
        this.#link.send(protocol, source, destination, bytes, write),
    });
  }

  receive(frame: Uint8Array): void {
    this.#link.receive(frame);
  }

  connect(port: number, { host = ADDRESS.guest, signal }: { host?: Ipv4Address; signal?: AbortSignal } = {}) {
    return this.#tcp.connect(ADDRESS.gateway, { address: host, port }, signal);
  }

  listen(address: Ipv4Address, port: number | 'any', listener: TcpListener): () => void {
    return this.#tcp.listen(address, port, listener);
  }

  listenUdp(address: Ipv4Address, port: number, receive: (request: UdpRequest) => void): () => void {
    const key = `${address}:${port}`;
    this.#udp.set(key, receive);
    return () => this.#udp.delete(key);
  }

  freeze(): void {
    this.#clock.freeze();
  }

  thaw(): void {
    this.#clock.thaw();
  }

  reset(): void {
    this.#tcp.dropAll();
    this.#link.reset();
  }

  #receiveIpv4(packet: Uint8Array): void {
    const header = readIpv4Header(packet);
    // Ethernet pads short frames: the header's own length counts.
    if (!header || header.totalBytes > packet.length || !ipv4ChecksumHolds(packet, header)) return;
    const payload = packet.subarray(header.headerBytes, header.totalBytes);
    if (!OURS.includes(header.destination)) return this.#noRoute(header, packet);
    if (!header.moreFragments && header.fragmentOffset === 0) return this.#deliver(header, payload, packet);
    const whole = this.#fragments.add(header, payload);
    if (whole) this.#deliver(header, whole, packet);
  }

  #deliver(header: Ipv4Header, payload: Uint8Array, packet: Uint8Array): void {
    if (header.protocol === IP_PROTOCOL.tcp) this.#tcp.receive(header.source, header.destination, payload);
    else if (header.protocol === IP_PROTOCOL.udp) this.#receiveUdp(header, payload, packet);
    else if (header.protocol === IP_PROTOCOL.icmp) this.#receiveIcmp(header, payload);
    else this.#sendUnreachable(header, packet, UNREACHABLE.protocol);
  }

  /** There is no Internet behind this gateway, and it says so, as a router without a route does. */
  #noRoute(header: Ipv4Header, packet: Uint8Array): void {
    const isBroadcast = header.destination >= 0xe0000000 || (header.destination & 0xff) === 0xff;
    if (!isBroadcast) this.#sendUnreachable(header, packet, UNREACHABLE.network);
  }

  #receiveUdp(header: Ipv4Header, payload: Uint8Array, packet: Uint8Array): void {
    const udp = readUdp(payload);
    if (!udp) return;
    if (udp.checksum !== 0) {
      const pseudo = pseudoHeaderSum(
        header.source,
        header.destination,
        IP_PROTOCOL.udp,
        udp.payload.length + UDP_HEADER_BYTES,
      );
      if (!checksumHolds(payload, udp.payload.length + UDP_HEADER_BYTES, UDP_CHECKSUM_AT, pseudo)) return;
    }
    const handler = this.#udp.get(`${header.destination}:${udp.destinationPort}`);
    if (!handler) return this.#sendUnreachable(header, packet, UNREACHABLE.port);
    handler({
      source: header.source,
      sourcePort: udp.sourcePort,
      payload: udp.payload,
      reply: (answer) => this.#sendUdp(header.destination, udp.destinationPort, header.source, udp.sourcePort, answer),
    });
  }

  #sendUdp(
    source: Ipv4Address,
    sourcePort: number,
    destination: Ipv4Address,
    destinationPort: number,
    payload: Uint8Array,
  ): void {
    const bytes = UDP_HEADER_BYTES + payload.length;
    this.#link.send(IP_PROTOCOL.udp, source, destination, bytes, (packet) => {
      writeUdpHeader(packet, 0, sourcePort, destinationPort, payload.length);
      packet.set(payload, UDP_HEADER_BYTES);
      const sum = sumWords(packet, 0, bytes, pseudoHeaderSum(source, destination, IP_PROTOCOL.udp, bytes));
      // 0 would mean "no checksum" (RFC 768).
      putU16(packet, 6, finishChecksum(sum) || 0xffff);
    });
  }

  #receiveIcmp(header: Ipv4Header, payload: Uint8Array): void {
    const message = readIcmp(payload);
    if (!message || sumWords(payload, 0, payload.length) !== 0xffff) return;
    if (message.type === ICMP.echoRequest) {
      this.#sendIcmp(header.destination, header.source, ICMP.echoReply, 0, payload.subarray(4));
    } else if (message.type === ICMP.unreachable && message.code !== UNREACHABLE.fragmentationNeeded) {
      const refused = message.code === UNREACHABLE.port || message.code === UNREACHABLE.protocol;
      this.#failedSend(message.payload, refused ? 'ECONNREFUSED' : 'EHOSTUNREACH');
    }
  }

  /** `packet` starts with the IP header of something that we sent and that did not arrive. */
  #failedSend(packet: Uint8Array, code: TcpErrorCode): void {
    const header = readIpv4Header(packet);
    if (!header || header.protocol !== IP_PROTOCOL.tcp || packet.length < header.headerBytes + 8) return;
    // ICMP quotes at least 8 bytes: both ports and the sequence number. The rest is padded to read it as a segment.
    const quoted = new Uint8Array(20);
    quoted.set(packet.subarray(header.headerBytes, header.headerBytes + 8));
    quoted[12] = 0x50;
    const segment = readTcpSegment(quoted);
    if (!segment) return;
    const local = { address: header.source, port: segment.sourcePort };
    this.#tcp.unreachable(local, { address: header.destination, port: segment.destinationPort }, code);
  }

  /** Quotes the IP header and 8 bytes of what could not be delivered; never about ICMP errors (RFC 1122 section 3.2.2). */
  #sendUnreachable(header: Ipv4Header, packet: Uint8Array, code: number): void {
    if (
      header.fragmentOffset !== 0 ||
      (header.protocol === IP_PROTOCOL.icmp && packet[header.headerBytes] !== ICMP.echoRequest)
    )
      return;
    const quote = packet.subarray(0, Math.min(packet.length, header.headerBytes + 8));
    const rest = new Uint8Array(4 + quote.length);
    rest.set(quote, 4);
    const from = OURS.includes(header.destination) ? header.destination : ADDRESS.gateway;
    this.#sendIcmp(from, header.source, ICMP.unreachable, code, rest);
  }

  /** `rest` is all that follows the checksum. */
  #sendIcmp(source: Ipv4Address, destination: Ipv4Address, type: number, code: number, rest: Uint8Array): void {
    const bytes = ICMP_HEADER_BYTES - 4 + rest.length;
    if (bytes > 65_535 - IPV4_HEADER_BYTES) return;
    this.#link.send(IP_PROTOCOL.icmp, source, destination, bytes, (packet) => {
      packet[0] = type;
      packet[1] = code;
      packet.set(rest, 4);
      putU16(packet, 2, finishChecksum(sumWords(packet, 0, bytes)));
    });
  }
}
