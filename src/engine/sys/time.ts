// Clocks and chance: clock_gettime(2), clock_settime(2), getrandom(2).

import { native } from './native.ts';
import { sys } from './error.ts';

/** CLOCK_MONOTONIC in milliseconds with fractions: for durations and deadlines. */
export const monotonicMs = (): number => native.monotonicMs();

/** CLOCK_REALTIME. */
export function realtime(): { seconds: number; nanoseconds: number } {
  const [seconds, nanoseconds] = native.realtimeNs();
  return { seconds, nanoseconds };
}

/** Now as Docker writes times: RFC 3339 in UTC with nine digits of nanoseconds. */
export function rfc3339Nano(at: { seconds: number; nanoseconds: number } = realtime()): string {
  const date = new Date(at.seconds * 1000).toISOString().slice(0, 19);
  return `${date}.${String(at.nanoseconds).padStart(9, '0')}Z`;
}

/** clock_settime(2) of CLOCK_REALTIME. */
export function setRealtime(seconds: number, nanoseconds: number): void {
  sys('clock_settime64', 0, Int32Array.of(seconds | 0, Math.floor(seconds / 2 ** 32), nanoseconds, 0));
}

/** getrandom(2). */
export const randomBytes = (n: number): Uint8Array<ArrayBuffer> => native.randomBytes(n);

/** n random bytes in lower-case hex: a Docker id is randomHex(32). */
export const randomHex = (n: number): string => native.hexEncode(native.randomBytes(n));
