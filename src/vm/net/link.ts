// Ethernet and ARP under the page's IP: who has which hardware address, and packets that wait for an answer (RFC 826).
import {
  arpFrame,
  ETHERNET_HEADER_BYTES,
  ETHERTYPE,
  readArp,
  readEthernetHeader,
  writeEthernetHeader,
  type MacAddress,
} from '../../protocol/net/ethernet.ts';
import { IPV4_HEADER_BYTES, writeIpv4Header, type Ipv4Address, type Ipv4Fields } from '../../protocol/net/ipv4.ts';
import type { Clock } from './clock.ts';

const ARP_RETRY_MS = 1000;
const ARP_TRIES = 5;
/** Frames kept for one address while its ARP answer is due. */
const WAITING_MAX = 64;

interface Resolving {
  tries: number;
  timer: unknown;
  readonly frames: Uint8Array[];
}

export interface LinkOptions {
  readonly clock: Clock;
  readonly mtu: number;
  /** Addresses that are ours: ARP for them is answered. */
  readonly addresses: readonly Ipv4Address[];
  /** The address to which packets for another network go. */
  readonly nextHop: (destination: Ipv4Address) => Ipv4Address;
  readonly send: (frame: Uint8Array) => void;
  /** `packet` is from the IP header on. */
  readonly receiveIpv4: (packet: Uint8Array) => void;
  readonly unresolved: (frame: Uint8Array) => void;
}

/** 52:55 and the IP address: locally administered, and readable in a capture. */
const macFor = (address: Ipv4Address): MacAddress => (0x5255 * 2 ** 32 + address) as MacAddress;

export class Link {
  readonly #neighbours = new Map<Ipv4Address, MacAddress>();
  readonly #resolving = new Map<Ipv4Address, Resolving>();
  #packetId = 0;

  constructor(private readonly options: LinkOptions) {}

  receive(frame: Uint8Array): void {
    const ethernet = readEthernetHeader(frame);
    if (!ethernet) return;
    const body = frame.subarray(ETHERNET_HEADER_BYTES);
    if (ethernet.etherType === ETHERTYPE.ipv4) this.options.receiveIpv4(body);
    else if (ethernet.etherType === ETHERTYPE.arp) this.#receiveArp(body);
    // IPv6 and the rest: nobody here speaks it, as on a network without a router for it.
  }

  /** Sends one IP packet; `write` fills its payload. What is longer than the MTU goes out in fragments. */
  send(
    protocol: number,
    source: Ipv4Address,
    destination: Ipv4Address,
    payloadBytes: number,
    write: (payload: Uint8Array) => void,
  ): void {
    this.#packetId = (this.#packetId + 1) & 0xffff;
    const fields = { source, destination, protocol, id: this.#packetId };
    const roomBytes = this.options.mtu - IPV4_HEADER_BYTES;
    if (payloadBytes <= roomBytes) return this.#sendFrame(fields, payloadBytes, write);
    const whole = new Uint8Array(payloadBytes);
    write(whole);
    // Offsets count in units of 8 bytes (RFC 791 section 3.1).
    const step = roomBytes & ~7;
    for (let offset = 0; offset < payloadBytes; offset += step) {
      const part = whole.subarray(offset, offset + step);
      const fragment = { offset, more: offset + step < payloadBytes };
      this.#sendFrame({ ...fields, fragment }, part.length, (payload) => payload.set(part));
    }
  }

  #sendFrame(fields: Ipv4Fields, payloadBytes: number, write: (payload: Uint8Array) => void): void {
    const frame = new Uint8Array(ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES + payloadBytes);
    writeIpv4Header(frame, ETHERNET_HEADER_BYTES, fields, payloadBytes);
    write(frame.subarray(ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES));
    const hop = this.options.nextHop(fields.destination);
    const mac = this.#neighbours.get(hop);
    if (mac === undefined) return this.#resolve(hop, fields.source, frame);
    writeEthernetHeader(frame, { destination: mac, source: macFor(fields.source), etherType: ETHERTYPE.ipv4 });
    this.options.send(frame);
  }

  /** Another machine may sit at the other end of the wire now. */
  reset(): void {
    this.#neighbours.clear();
    for (const { timer } of this.#resolving.values()) this.options.clock.clearTimer(timer);
    this.#resolving.clear();
  }

  #receiveArp(body: Uint8Array): void {
    const arp = readArp(body);
    if (!arp || arp.senderIp === 0 || this.options.addresses.includes(arp.senderIp)) return;
    this.#learn(arp.senderIp, arp.senderMac);
    if (arp.operation !== 'request' || !this.options.addresses.includes(arp.targetIp)) return;
    const us = { senderMac: macFor(arp.targetIp), senderIp: arp.targetIp };
    this.options.send(arpFrame({ operation: 'reply', ...us, targetMac: arp.senderMac, targetIp: arp.senderIp }));
  }

  #learn(address: Ipv4Address, mac: MacAddress): void {
    this.#neighbours.set(address, mac);
    const resolving = this.#resolving.get(address);
    if (!resolving) return;
    this.#resolving.delete(address);
    this.options.clock.clearTimer(resolving.timer);
    for (const frame of resolving.frames) {
      writeEthernetHeader(frame, { destination: mac, source: sourceMac(frame), etherType: ETHERTYPE.ipv4 });
      this.options.send(frame);
    }
  }

  #resolve(hop: Ipv4Address, source: Ipv4Address, frame: Uint8Array): void {
    const resolving = this.#resolving.get(hop);
    if (resolving) {
      if (resolving.frames.length < WAITING_MAX) resolving.frames.push(frame);
      return;
    }
    const fresh: Resolving = { tries: 0, timer: undefined, frames: [frame] };
    this.#resolving.set(hop, fresh);
    this.#ask(hop, source, fresh);
  }

  #ask(hop: Ipv4Address, source: Ipv4Address, resolving: Resolving): void {
    if (resolving.tries >= ARP_TRIES) {
      this.#resolving.delete(hop);
      for (const frame of resolving.frames) this.options.unresolved(frame);
      return;
    }
    resolving.tries += 1;
    resolving.timer = this.options.clock.setTimer(() => this.#ask(hop, source, resolving), ARP_RETRY_MS);
    const us = { senderMac: macFor(source), senderIp: source };
    this.options.send(arpFrame({ operation: 'request', ...us, targetMac: 0 as MacAddress, targetIp: hop }));
  }
}

/** The hardware address that belongs to the source address in the frame's IP header. */
function sourceMac(frame: Uint8Array): MacAddress {
  const at = ETHERNET_HEADER_BYTES + 12;
  const [a = 0, b = 0, c = 0, d = 0] = frame.subarray(at, at + 4);
  return macFor((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) as Ipv4Address);
}
