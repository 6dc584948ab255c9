// Limits and scheduling of a process: prlimit64(2), sched_setaffinity(2), setpriority(2), ioprio_set(2), times(2).

import { sys } from './error.ts';

/** Resources by the name that `--ulimit` uses. getrlimit(2) */
export const RLIMIT = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
} as const;

/** Soft and hard limit; Infinity is RLIM_INFINITY. */
export interface Rlimit {
  soft: number;
  hard: number;
}

/** prlimit(2): sets if a new limit is given; the limit before. pid 0: this process. */
export function prlimit(pid: number, resource: number, limit?: Rlimit): Rlimit {
  const old = new Uint32Array(4);
  sys('prlimit64', pid, resource, limit ? encode(limit) : null, old);
  return { soft: decode(old[0], old[1]), hard: decode(old[2], old[3]) };
}

function encode(limit: Rlimit): Uint32Array {
  const words = new Uint32Array(4);
  for (const [i, value] of [limit.soft, limit.hard].entries()) {
    words[i * 2] = value === Infinity ? 0xffffffff : value >>> 0;
    words[i * 2 + 1] = value === Infinity ? 0xffffffff : Math.floor(value / 2 ** 32);
  }
  return words;
}

function decode(low = 0, high = 0): number {
  return high === 0xffffffff && low === 0xffffffff ? Infinity : low + high * 2 ** 32;
}

/** sched_setaffinity(2). */
export function schedSetaffinity(pid: number, cpus: readonly number[]): void {
  const mask = new Uint32Array(4);
  for (const cpu of cpus) mask[cpu >> 5] = (mask[cpu >> 5] ?? 0) | (1 << (cpu & 31));
  sys('sched_setaffinity', pid, mask.byteLength, mask);
}

/** setpriority(2) of one process. */
export function setpriority(pid: number, nice: number): void {
  sys('setpriority', 0, pid, nice);
}

/** times(2), in clock ticks (100 a second). */
export function times(): {
  user: number;
  system: number;
  childrenUser: number;
  childrenSystem: number;
  elapsed: number;
} {
  const t = new Int32Array(4);
  const elapsed = sys('times', t);
  return { user: t[0] ?? 0, system: t[1] ?? 0, childrenUser: t[2] ?? 0, childrenSystem: t[3] ?? 0, elapsed };
}

/** Memory and uptime from sysinfo(2), in bytes and seconds. */
export function sysinfo(): { uptimeSec: number; totalBytes: number; freeBytes: number; processes: number } {
  const view = new DataView(new ArrayBuffer(64));
  sys('sysinfo', view);
  const unit = view.getUint32(52, true) || 1;
  return {
    uptimeSec: view.getUint32(0, true),
    totalBytes: view.getUint32(16, true) * unit,
    freeBytes: view.getUint32(20, true) * unit,
    processes: view.getUint16(40, true),
  };
}
