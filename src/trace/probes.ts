// Everything we subscribe to in the kernel, and the text that the agent writes into tracefs for it. The page owns this list;
// the agent writes and reads files. Definitions: Documentation/trace/kprobetrace.rst; filters: Documentation/trace/events.rst.
import { cgroupProbes } from './cgroups.ts';
import { fileProbes } from './files.ts';
import { markerProbes } from './marker.ts';
import { mountProbes } from './mounts.ts';
import { networkProbes } from './network.ts';
import { packetProbes } from './packets.ts';
import { Kernel, type KernelOffsets, type Probe } from './probe.ts';
import { processProbes } from './process.ts';
import { syscallProbes } from './syscalls.ts';

export const probes: readonly Probe[] = [
  ...processProbes,
  ...mountProbes,
  ...cgroupProbes,
  ...networkProbes,
  ...packetProbes,
  ...fileProbes,
  ...syscallProbes,
  ...markerProbes,
];

/**
 * One write(2) to a file under /sys/kernel/tracing, opened for appending and never truncated. A write that fails means one
 * probe less: say so and go on.
 */
export interface SetupWrite {
  readonly path: string;
  readonly text: string;
}

/** The kernel's buffer. A page is read as soon as it holds anything, so this is only for bursts. */
const BUFFER_KB = 2048;

const ours = probes.filter((probe) => probe.define);
/** trace_marker's event has no switch of its own. */
const switched = probes.filter((probe) => probe.event !== 'ftrace/print');

/** What to write, in order. Afterwards the agent sends the files of `formatPaths` and reads per_cpu/cpu0/trace_pipe_raw. */
export function traceSetup(offsets: KernelOffsets): readonly SetupWrite[] {
  const kernel = new Kernel(offsets);
  return [
    { path: 'tracing_on', text: '0' },
    { path: 'trace_clock', text: 'mono' },
    { path: 'buffer_size_kb', text: String(BUFFER_KB) },
    // A reader is woken at the first record, not when half the buffer is full.
    { path: 'buffer_percent', text: '0' },
    // Names of processes come with fork and exec; keeping them otherwise would cost a record a task switch.
    { path: 'options/record-cmd', text: '0' },
    ...ours.map((probe) => ({ path: 'dynamic_events', text: probe.define?.(kernel) ?? '' })),
    ...probes.flatMap((probe) =>
      probe.filter === undefined ? [] : [{ path: `events/${probe.event}/filter`, text: probe.filter }],
    ),
    ...switched.map((probe) => ({ path: `events/${probe.event}/enable`, text: '1' })),
    { path: 'tracing_on', text: '1' },
  ];
}

/** The format files that TraceDecoder.formats() wants, under /sys/kernel/tracing. */
export const formatPaths: readonly string[] = probes.map((probe) => `events/${probe.event}/format`);

/** Where the records come out. */
export const tracePipe = 'per_cpu/cpu0/trace_pipe_raw';
