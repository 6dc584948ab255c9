// Who a process is and what it may: setuid(2), setgroups(2), capabilities(7), seccomp(2).

import { native } from './native.ts';
import { checked, sys } from './error.ts';

export const getuid = (): number => sys('getuid32');
export const getgid = (): number => sys('getgid32');

/** setuid(2): real, effective and saved for root. */
export function setuid(uid: number): void {
  sys('setuid32', uid);
}

/** setgid(2). */
export function setgid(gid: number): void {
  sys('setgid32', gid);
}

/** setresuid(2). */
export function setresuid(real: number, effective: number, saved: number): void {
  sys('setresuid32', real, effective, saved);
}

/** setresgid(2). */
export function setresgid(real: number, effective: number, saved: number): void {
  sys('setresgid32', real, effective, saved);
}

/** setgroups(2). */
export function setgroups(gids: readonly number[]): void {
  sys('setgroups32', gids.length, Uint32Array.from(gids));
}

/** Three sets of capabilities as 64-bit masks: bit n is capability n. */
export interface CapabilitySets {
  effective: bigint;
  permitted: bigint;
  inheritable: bigint;
}

const LINUX_CAPABILITY_VERSION_3 = 0x20080522;

/** capget(2). */
export function capget(pid = 0): CapabilitySets {
  const data = new Uint32Array(6);
  sys('capget', Uint32Array.of(LINUX_CAPABILITY_VERSION_3, pid), data);
  const set = (i: number): bigint => BigInt(data[i] ?? 0) | (BigInt(data[i + 3] ?? 0) << 32n);
  return { effective: set(0), permitted: set(1), inheritable: set(2) };
}

/** capset(2) on the calling process. */
export function capset(sets: CapabilitySets): void {
  const data = new Uint32Array(6);
  for (const [i, mask] of [sets.effective, sets.permitted, sets.inheritable].entries()) {
    data[i] = Number(mask & 0xffffffffn);
    data[i + 3] = Number(mask >> 32n);
  }
  sys('capset', Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0), data);
}

/** prctl(2) PR_CAPBSET_DROP for every capability below `count` that is not in the mask (its low and its high 32 bits). */
export function dropBoundingSet(keepLow: number, keepHigh: number, count: number): void {
  checked('prctl', ['PR_CAPBSET_DROP'], native.dropBoundingSet(keepLow, keepHigh, count));
}

/** seccomp(2) SECCOMP_SET_MODE_FILTER: filter is an array of struct sock_filter, eight bytes each. */
export function seccompSetModeFilter(filter: Uint8Array, flags = 0): number {
  const SECCOMP_SET_MODE_FILTER = 1;
  const program = new Uint32Array(2);
  program[0] = filter.byteLength / 8;
  program[1] = native.address(filter);
  return sys('seccomp', SECCOMP_SET_MODE_FILTER, flags, program);
}
