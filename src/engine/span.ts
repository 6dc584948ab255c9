// The engine says why it works: one marker line, one write(2), into tracefs' trace_marker, in the kernel's own order of
// events. Names and format: src/protocol/spans.ts. Without a trace_marker nothing happens. Documentation/trace/ftrace.rst
import { MARKER_MAX_BYTES, MARKER_PREFIX, type Component, type SpanMarker } from '../protocol/spans.ts';
import { onFork } from './loop/loop.ts';
import * as sys from './sys/index.ts';

const TRACE_MARKER = '/sys/kernel/tracing/trace_marker';

/** -1: there is none. Opened once; a forked child goes on with its parent's descriptor, also after pivot_root. */
let markerFd: number | undefined;
let count = 0;
/** 0: not asked yet in this process. */
let pid = 0;
onFork(() => {
  pid = 0;
  return () => void (pid = 0);
});

/** The descriptor to keep open in a forked child, or nothing. */
export function spanFds(): number[] {
  openMarker();
  return markerFd === undefined || markerFd < 0 ? [] : [markerFd];
}

function openMarker(): number {
  if (markerFd !== undefined) return markerFd;
  try {
    markerFd = sys.open(TRACE_MARKER, sys.O_WRONLY);
  } catch {
    markerFd = -1;
  }
  return markerFd;
}

type Attributes = Readonly<Record<string, unknown>>;

/** One SpanMarker. The line is put together here: of all this, only what others have said needs JSON's care. */
function write(
  kind: SpanMarker['k'],
  id: string,
  component: Component,
  name: string,
  attributes?: Attributes,
  parent?: string,
): void {
  const fd = openMarker();
  if (fd < 0) return;
  const head = `${MARKER_PREFIX}{"k":"${kind}","id":"${id}","c":"${component}","n":"${name}"${parent ? `,"p":${JSON.stringify(parent)}` : ''}`;
  let line = attributes ? `${head},"a":${JSON.stringify(attributes)}}\n` : `${head}}\n`;
  let bytes = sys.utf8Length(line);
  if (bytes > MARKER_MAX_BYTES) {
    line = `${head}}\n`;
    bytes = sys.utf8Length(line);
  }
  // Text is passed to the kernel as UTF-8. A marker that is refused (tracing is off) is nobody's error.
  sys.raw('write', fd, line, bytes);
}

const newId = (): string => `${(pid ||= sys.getpid())}.${++count}`;

/** Begins a span: its id, to be given to spanEnd() and as parent to spans inside it. */
export function spanBegin(component: Component, name: string, attributes?: Attributes, parent?: string): string {
  const id = newId();
  write('b', id, component, name, attributes, parent);
  return id;
}

export function spanEnd(id: string, component: Component, name: string, attributes?: Attributes): void {
  write('e', id, component, name, attributes);
}

export function spanInstant(component: Component, name: string, attributes?: Attributes, parent?: string): void {
  write('i', newId(), component, name, attributes, parent);
}

/**
 * From here on this process does the work of function `fn`: what a scene opens when an operation is clicked. Two dozen of
 * these are in every `docker run`, and nothing in them needs JSON's care.
 */
export function step(component: Component, fn: string, file: string): void {
  const fd = openMarker();
  if (fd < 0) return;
  const line = `${MARKER_PREFIX}{"k":"i","id":"${newId()}","c":"${component}","n":"step","a":{"fn":"${fn}","file":"${file}"}}\n`;
  sys.raw('write', fd, line, line.length);
}
