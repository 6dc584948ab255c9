// All TCP connections of the page: finds the connection for a segment, accepts and makes connections, answers the rest with RST.
import { formatIpv4, IP_PROTOCOL, type Ipv4Address } from '../../../protocol/net/ipv4.ts';
import { checksumHolds, finishChecksum, pseudoHeaderSum, sumWords } from '../../../protocol/net/checksum.ts';
import { putU16 } from '../../../protocol/net/bytes.ts';
import {
  readTcpSegment,
  TCP,
  tcpHeaderBytes,
  writeTcpHeader,
  type TcpHeaderFields,
  type TcpSegment,
} from '../../../protocol/net/tcp.ts';
import type { Clock } from '../clock.ts';
import { TcpConnection, type Wire } from './connection.ts';
import { advance } from './sequence.ts';
import type { TcpEndpoint, TcpErrorCode, TcpStream } from './stream.ts';

/** A connection that the guest asks for; nothing is answered until one of the two is called. */
export interface IncomingConnection {
  readonly local: TcpEndpoint;
  readonly remote: TcpEndpoint;
  /** Complete the handshake. Reading and writing may start at once. */
  accept(): TcpStream;
  /** Answer with RST: "connection refused". */
  refuse(): void;
}

export type TcpListener = (incoming: IncomingConnection) => void;

/** What TCP needs of IP. */
export interface TcpLower {
  readonly clock: Clock;
  readonly random: () => number;
  readonly mtu: number;
  /** Sends one packet; `write` gets the room for the payload, an even offset into the frame. */
  send(
    protocol: number,
    source: Ipv4Address,
    destination: Ipv4Address,
    bytes: number,
    write: (packet: Uint8Array) => void,
  ): void;
}

const HEADERS_BYTES = 40;
const TCP_CHECKSUM_AT = 16;
const CONNECTIONS_MAX = 8192;
/** Linux's own range, so that a trace of the page's connections looks familiar. */
const EPHEMERAL = { first: 32768, last: 60999 } as const;

export class Tcp {
  readonly #connections = new Map<string, TcpConnection>();
  readonly #listeners = new Map<string, TcpListener>();
  readonly #wire: Wire;

  constructor(private readonly lower: TcpLower) {
    this.#wire = {
      clock: lower.clock,
      mss: lower.mtu - HEADERS_BYTES,
      random: lower.random,
      send: (connection, header, bytes, fill) => this.#send(connection.local, connection.remote, header, bytes, fill),
      over: (connection) => this.#forget(connection),
    };
  }

  /** Connections by state, as `ss` would count them. */
  get connections(): readonly TcpConnection[] {
    return [...this.#connections.values()];
  }

  /** `port` may be 'any': asked for when no listener has the port itself. Returns how to stop listening. */
  listen(address: Ipv4Address, port: number | 'any', listener: TcpListener): () => void {
    const key = `${address}:${port}`;
    if (this.#listeners.has(key)) throw new Error(`${formatIpv4(address)}:${port} is in use`);
    this.#listeners.set(key, listener);
    return () => this.#listeners.delete(key);
  }

  /** Rejects with TcpError. */
  connect(source: Ipv4Address, remote: TcpEndpoint, signal?: AbortSignal): Promise<TcpStream> {
    const local = { address: source, port: this.#freePort(source, remote) };
    const connection = new TcpConnection(local, remote, this.#wire);
    this.#connections.set(tupleKey(local, remote), connection);
    const onAbort = (): void => connection.abort();
    if (signal?.aborted) onAbort();
    else {
      signal?.addEventListener('abort', onAbort, { once: true });
      connection.open();
    }
    return connection.opened.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /** `packet` is an IP packet's payload. */
  receive(source: Ipv4Address, destination: Ipv4Address, packet: Uint8Array): void {
    const pseudo = pseudoHeaderSum(source, destination, IP_PROTOCOL.tcp, packet.length);
    if (!checksumHolds(packet, packet.length, TCP_CHECKSUM_AT, pseudo)) return;
    const segment = readTcpSegment(packet);
    if (!segment) return;
    const local = { address: destination, port: segment.destinationPort };
    const remote = { address: source, port: segment.sourcePort };
    const connection = this.#connections.get(tupleKey(local, remote));
    const opens = (segment.flags & (TCP.syn | TCP.ack | TCP.rst)) === TCP.syn;
    if (connection && !(opens && connection.replaceableBy(segment))) return connection.receive(segment);
    if (opens) return this.#incoming(local, remote, segment);
    this.#refuse(local, remote, segment);
  }

  /** An ICMP error for a segment that we sent. */
  unreachable(local: TcpEndpoint, remote: TcpEndpoint, code: TcpErrorCode): void {
    this.#connections.get(tupleKey(local, remote))?.unreachable(code);
  }

  /** The guest is gone: end every connection here, without a word on the wire. */
  dropAll(): void {
    for (const connection of this.connections) connection.drop();
  }

  #incoming(local: TcpEndpoint, remote: TcpEndpoint, syn: TcpSegment): void {
    const { address, port } = local;
    const listener = this.#listeners.get(`${address}:${port}`) ?? this.#listeners.get(`${address}:any`);
    if (!listener || this.#connections.size >= CONNECTIONS_MAX) return this.#refuse(local, remote, syn);
    this.#connections.get(tupleKey(local, remote))?.drop();
    const connection = new TcpConnection(local, remote, this.#wire, syn);
    this.#connections.set(tupleKey(local, remote), connection);
    listener({
      local,
      remote,
      accept: () => {
        connection.open();
        return connection;
      },
      refuse: () => connection.refuse(),
    });
  }

  /** RST for a segment that belongs to nothing (RFC 9293 section 3.10.7.1). */
  #refuse(local: TcpEndpoint, remote: TcpEndpoint, segment: TcpSegment): void {
    if (segment.flags & TCP.rst) return;
    const length = segment.payload.length + (segment.flags & TCP.syn ? 1 : 0) + (segment.flags & TCP.fin ? 1 : 0);
    const answer =
      segment.flags & TCP.ack
        ? { seq: segment.ack, ack: 0, flags: TCP.rst }
        : { seq: 0, ack: advance(segment.seq, length), flags: TCP.rst | TCP.ack };
    const header = { ...answer, sourcePort: local.port, destinationPort: remote.port, window: 0 };
    this.#send(local, remote, header, 0, () => {});
  }

  #send(
    local: TcpEndpoint,
    remote: TcpEndpoint,
    header: TcpHeaderFields,
    payloadBytes: number,
    fill: (target: Uint8Array) => void,
  ): void {
    const headerBytes = tcpHeaderBytes(header);
    const bytes = headerBytes + payloadBytes;
    this.lower.send(IP_PROTOCOL.tcp, local.address, remote.address, bytes, (packet) => {
      writeTcpHeader(packet, 0, header);
      if (payloadBytes > 0) fill(packet.subarray(headerBytes));
      const pseudo = pseudoHeaderSum(local.address, remote.address, IP_PROTOCOL.tcp, bytes);
      putU16(packet, TCP_CHECKSUM_AT, finishChecksum(sumWords(packet, 0, bytes, pseudo)));
    });
  }

  #forget(connection: TcpConnection): void {
    const key = tupleKey(connection.local, connection.remote);
    if (this.#connections.get(key) === connection) this.#connections.delete(key);
  }

  #freePort(address: Ipv4Address, remote: TcpEndpoint): number {
    const count = EPHEMERAL.last - EPHEMERAL.first + 1;
    const start = Math.floor(this.lower.random() * count);
    for (let i = 0; i < count; i++) {
      const port = EPHEMERAL.first + ((start + i) % count);
      if (!this.#connections.has(tupleKey({ address, port }, remote))) return port;
    }
    throw new Error('no free port');
  }
}

const tupleKey = (local: TcpEndpoint, remote: TcpEndpoint): string =>
  `${local.address}:${local.port}-${remote.address}:${remote.port}`;
