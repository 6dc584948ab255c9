// Two TCP ends tied together by a bad wire: it loses, repeats, delays and so reorders, and damages packets, by a seed.
import { finishChecksum, pseudoHeaderSum, sumWords } from '../../../protocol/net/checksum.ts';
import { putU16, putU32 } from '../../../protocol/net/bytes.ts';
import { TCP } from '../../../protocol/net/tcp.ts';
import type { Ipv4Address } from '../../../protocol/net/ipv4.ts';
import { ipv4 } from '../../../protocol/net/ipv4.ts';
import { Tcp } from '../tcp/tcp.ts';
import { seededRandom, VirtualClock } from './virtual-clock.ts';

export interface WireFaults {
  readonly loss?: number;
  readonly duplicate?: number;
  readonly corrupt?: number;
  /** Each packet takes 1 ms and up to this much more. */
  readonly jitterMs?: number;
  readonly mtu?: number;
  /** A firewall in between takes "SACK permitted" out of each SYN. */
  readonly noSack?: boolean;
}

export const LEFT = ipv4('10.0.2.2');
export const RIGHT = ipv4('10.0.2.15');

export interface WirePair {
  readonly clock: VirtualClock;
  readonly left: Tcp;
  readonly right: Tcp;
  packets: number;
  /** Drop all from now on. */
  cut: boolean;
}

export function wirePair(seed: number, faults: WireFaults = {}): WirePair {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const { loss = 0, duplicate = 0, corrupt = 0, jitterMs = 0, mtu = 1500, noSack = false } = faults;
  const lower = (other: () => Tcp) => ({
    clock,
    random,
    mtu,
    send(
      protocol: number,
      source: Ipv4Address,
      destination: Ipv4Address,
      bytes: number,
      write: (to: Uint8Array) => void,
    ) {
      const packet = new Uint8Array(bytes);
      write(packet);
      if (noSack && (packet[13] ?? 0) & TCP.syn) {
        putU32(packet, 24, 0x01010101);
        putU16(packet, 16, 0);
        putU16(
          packet,
          16,
          finishChecksum(sumWords(packet, 0, bytes, pseudoHeaderSum(source, destination, protocol, bytes))),
        );
      }
      pair.packets += 1;
      const copies = random() < duplicate ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (pair.cut || random() < loss) continue;
        const arriving = packet.slice();
        const at = Math.floor(random() * bytes);
        if (random() < corrupt) arriving[at] = (arriving[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        clock.setTimer(() => other().receive(source, destination, arriving), 1 + random() * jitterMs);
      }
    },
  });
  const pair: WirePair = {
    clock,
    left: new Tcp(lower(() => pair.right)),
    right: new Tcp(lower(() => pair.left)),
    packets: 0,
    cut: false,
  };
  return pair;
}

/** Bytes that tell their own position, so that a test sees at once what went missing. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed) & 255;
  return bytes;
}
