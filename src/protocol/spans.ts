// The engine's own words about what it does: one JSON line a marker, written to tracefs' trace_marker, so that the
// kernel puts it in order among its own events. A span only says why; what happened is what the kernel reports.

/** The program that speaks. */
export type Component = 'docker' | 'dockerd' | 'containerd' | 'containerd-shim' | 'runc';

/**
 * A marker line. `b` begins a span, `e` ends it, `i` is an instant. Names and attributes:
 * - `cli` (docker): `{argv}`; end `{exitCode}`
 * - `request` (docker and dockerd): `{method, path, body?}`; end `{status}`
 * - `container` (containerd, runc, shim): `{op: create|start|exec|kill|delete, id}`
 * - `build` (dockerd): `{dockerfile, tags, steps, target}`; end `{image}` or `{error}`
 * - `build.step` (dockerd, inside `build`): `{step, of, stage, line, instruction}`; end `{cached, reason, image, layer?, dir?, bytes?}` or
 *   `{error}`: `reason` is why the cache did not have it, `layer` the diff ID of the layer that it made
 * - `step` instant (any): `{fn, file}` from here on this process does that function's work, so that an operation can be opened at it
 * - `event` instant (dockerd): Docker's event `{Type, Action, Actor}` as in GET /events
 * - `container.config` instant (dockerd): `{id, name, image, layers, mergedDir, upperDir, ports, cgroup, networks}`
 * - `image` instant (dockerd): `{id, tags, layers: [{diffId, chainId, dir, bytes}]}`
 * - `pull.layer` instant (dockerd): `{image, digest, state: waiting|downloading|verifying|extracting|complete|exists, current, total}`
 * - `volume.copy-up` instant (dockerd): `{id (container), volume, from}`: the new volume begins with what the image has at `from`
 * - `push.layer` instant (dockerd): `{image, digest (diff ID), state: pushing|pushed|mounted|exists, current, total}`
 */
export interface SpanMarker {
  readonly k: 'b' | 'e' | 'i';
  /** Span id, unique per writer: `<pid>.<n>`. */
  readonly id: string;
  /** Parent span's id; the CLI sends its own in the HTTP header `Drydock-Span`, dockerd passes it on. */
  readonly p?: string;
  readonly c: Component;
  readonly n: string;
  readonly a?: Readonly<Record<string, unknown>>;
}

/** The HTTP header that carries the caller's span id, as W3C traceparent does for distributed traces. */
export const SPAN_HEADER = 'Drydock-Span';

/** What a marker line starts with, so that other users of trace_marker are not taken for ours. */
export const MARKER_PREFIX = 'dd1:';

/** Longest marker line in bytes; the kernel cuts a trace_marker write at about 1 KiB, a longer marker drops its attributes. */
export const MARKER_MAX_BYTES = 960;
