// The shell script that switches the kernel's tracing on at system start, before the first daemon: /etc/init.d/trace.
// The writes themselves are those of src/trace/probes.ts.
import type { KernelOffsets } from '../../trace/probe.ts';
import { traceSetup } from '../../trace/probes.ts';

export const TRACE_FOLDER = '/sys/kernel/tracing';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function traceScript(offsets: KernelOffsets): string {
  const lines = traceSetup(offsets).map(({ path, text }) => `w ${path} ${quote(text)}`);
  return [
    '#!/bin/busybox sh',
    '# Subscribes to the kernel events that the page shows (made from src/trace/probes.ts). A probe that fails is said and left out.',
    `cd ${TRACE_FOLDER} || exit 0`,
    'w() { printf "%s\\n" "$2" >>"$1" || echo "trace: $1: $2" >/dev/kmsg; }',
    ...lines,
    '',
  ].join('\n');
}
