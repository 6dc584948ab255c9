// The engine's own words, written to trace_marker: the kernel keeps them in order among its events, as ftrace/print records.
import { MARKER_PREFIX, type SpanMarker } from '../protocol/spans.ts';
import type { Probe } from './probe.ts';

const components: ReadonlySet<unknown> = new Set(['docker', 'dockerd', 'containerd', 'containerd-shim', 'runc']);

export const markerProbes: readonly Probe[] = [
  {
    event: 'ftrace/print',
    decode: (record) => {
      const text = record.text('buf');
      if (!text.startsWith(MARKER_PREFIX)) return [];
      const span = parseMarker(text.slice(MARKER_PREFIX.length));
      if (!span) record.damaged = true;
      return span ? [{ kind: 'span', span }] : [];
    },
  },
];

/** Anybody in the guest can write to trace_marker: what is not a marker is none. */
function parseMarker(line: string): SpanMarker | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { k, id, p, c, n, a } = value as Readonly<Record<string, unknown>>;
  if ((k !== 'b' && k !== 'e' && k !== 'i') || typeof id !== 'string' || typeof n !== 'string' || !components.has(c))
    return undefined;
  return {
    k,
    id,
    c: c as SpanMarker['c'],
    n,
    ...(typeof p === 'string' ? { p } : {}),
    ...(typeof a === 'object' && a !== null && !Array.isArray(a) ? { a: a as Record<string, unknown> } : {}),
  };
}
