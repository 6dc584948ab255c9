// The page's network with a guest of our own at the other end: a second TCP on 10.0.2.15, joined by real Ethernet frames.
import {
  ETHERTYPE,
  readArp,
  readEthernetHeader,
  writeEthernetHeader,
  arpFrame,
  type MacAddress,
} from '../../../protocol/net/ethernet.ts';
import { readIpv4Header, writeIpv4Header, type Ipv4Address, type Ipv4Fields } from '../../../protocol/net/ipv4.ts';
import { ADDRESS, createNetwork, type Network } from '../network.ts';
import type { TcpStream } from '../tcp/stream.ts';
import { Tcp } from '../tcp/tcp.ts';
import { seededRandom, VirtualClock } from './virtual-clock.ts';

const GUEST_MAC = 0x0022156a6b6c as MacAddress;
export const PAGE_MAC = 0x52550a000203 as MacAddress;

export interface PageAndGuest {
  readonly clock: VirtualClock;
  readonly page: Network;
  readonly guest: Tcp;
  /** Frames that the page sent, newest last. */
  readonly fromPage: Uint8Array[];
  /** Builds a frame from the guest around an IP payload. */
  frame(fields: Partial<Ipv4Fields> & { protocol: number }, payload: Uint8Array): Uint8Array;
  connect(address: Ipv4Address, port: number): Promise<TcpStream>;
  settle<T>(promise: Promise<T>): Promise<T>;
}

export function pageAndGuest(seed = 1): PageAndGuest {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const fromPage: Uint8Array[] = [];
  const toPage = (frame: Uint8Array): void => void clock.setTimer(() => page.receive(frame), 1);
  const guest: Tcp = new Tcp({
    clock,
    random,
    mtu: 1500,
    send: (protocol, source, destination, bytes, write) => {
      const payload = new Uint8Array(bytes);
      write(payload);
      toPage(frame({ source, destination, protocol }, payload));
    },
  });
  const receive = (sent: Uint8Array): void => {
    const body = sent.subarray(14);
    if (readEthernetHeader(sent)?.etherType === ETHERTYPE.arp) {
      const arp = readArp(body);
      if (arp?.operation !== 'request' || arp.targetIp !== ADDRESS.guest) return;
      const us = { senderMac: GUEST_MAC, senderIp: ADDRESS.guest };
      toPage(arpFrame({ operation: 'reply', ...us, targetMac: arp.senderMac, targetIp: arp.senderIp }));
    } else {
      const header = readIpv4Header(body);
      if (header?.protocol === 6)
        guest.receive(header.source, header.destination, body.subarray(header.headerBytes, header.totalBytes));
    }
  };
  const page = createNetwork({
    clock,
    random,
    send: (sent) => {
      fromPage.push(sent);
      clock.setTimer(() => receive(sent), 1);
    },
  });
  return {
    clock,
    page,
    guest,
    fromPage,
    frame,
    connect: (address, port) => guest.connect(ADDRESS.guest, { address, port }),
    async settle(promise) {
      let over = false;
      const mark = (): void => void (over = true);
      promise.then(mark, mark);
      // Services do real asynchronous work (hashing, files) between two packets: let it happen before time is at an end.
      for (let turn = 0; turn < 500 && !over; turn++) {
        await clock.run(() => over, 60_000);
        await new Promise((resolve) => setTimeout(resolve));
      }
      if (!over) throw new Error('not settled');
      return promise;
    },
  };
}

function frame(fields: Partial<Ipv4Fields> & { protocol: number }, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(34 + payload.length);
  writeEthernetHeader(bytes, { destination: PAGE_MAC, source: GUEST_MAC, etherType: ETHERTYPE.ipv4 });
  writeIpv4Header(
    bytes,
    14,
    { source: ADDRESS.guest, destination: ADDRESS.services, id: 7, ...fields },
    payload.length,
  );
  bytes.set(payload, 34);
  return bytes;
}
