// What one subscription to the kernel is: the event's definition for tracefs, its filter, and how its record becomes events
// of ours. The tables of them (process.ts, mounts.ts, …) are collected in probes.ts.
import type { EventBody } from '../protocol/events.ts';
import type { TraceRecord } from './format.ts';

/** Offsets of struct members in our very kernel, from public/kernel/offsets.json; `@current` is an address. */
export type KernelOffsets = Readonly<Record<string, number>>;

export interface Probe {
  /** `system/name` of the event under /sys/kernel/tracing/events; ours are in the system `dd`. */
  readonly event: string;
  /** The line for dynamic_events; absent for a tracepoint that the kernel has anyway. */
  readonly define?: (kernel: Kernel) => string;
  /** Text for the event's filter file: what the kernel shall not even record. */
  readonly filter?: string;
  readonly decode: (record: TraceRecord, context: Context) => readonly EventBody[];
}

/** What a record's decoder knows besides the record: facts that earlier records gave. */
export interface Context {
  readonly pid: number;
  readonly offsets: KernelOffsets;
  /** Names of processes, as the records told them. */
  readonly comms: Map<number, string>;
  /** Paths of cgroups by id, from their mkdir. */
  readonly cgroups: Map<number, string>;
  /** Clone flags of a process that is making namespaces for a child not yet born. */
  readonly cloneFlags: Map<number, number>;
  /** Device number of the overlay that a process is just mounting. */
  readonly overlayDevs: Map<number, number>;
  /** Where a process is about to move a network device to. */
  readonly moves: Map<number, { readonly ifindex: number; readonly toNetns: number }>;
}

/** Writes fetch arguments (Documentation/trace/kprobetrace.rst) from names of struct members. */
export class Kernel {
  constructor(readonly offsets: KernelOffsets) {}

  /** The pointer to the running task. */
  get current(): string {
    return `@0x${this.offset('@current').toString(16)}`;
  }

  offset(member: string): number {
    const value = this.offsets[member];
    if (value === undefined) throw new RangeError(`offsets.json has no ${member}`);
    return value;
  }

  /** Follows pointers: `at('$arg1', 'task_struct.nsproxy', 'nsproxy.net_ns', 'net.ns.inum')` is task->nsproxy->net_ns->ns.inum. */
  at(base: string, ...members: readonly string[]): string {
    return members.reduce((inner, member) => `+${this.offset(member)}(${inner})`, base);
  }
}

/** The n-th argument of a system call, from the saved registers that its handler gets; counted from 1. */
export function syscallArgument(n: 1 | 2 | 3 | 4 | 5 | 6): string {
  return `+${(n - 1) * 4}($arg1)`; // pt_regs begins with ebx, ecx, edx, esi, edi, ebp
}

/** A text in user memory that a system call's n-th argument points at. */
export const syscallText = (n: 1 | 2 | 3 | 4 | 5 | 6): string => `+0(${syscallArgument(n)}):ustring`;
