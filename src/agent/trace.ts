// The kernel's trace, raw: pages of the ring buffer of one tracefs instance, as trace_pipe_raw gives them. The page's side decodes.
// Documentation/trace/ftrace.rst, kernel/trace/ring_buffer.c (struct buffer_data_page)
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import { FRAME_HEADER_BYTES } from '../protocol/frame.ts';
import { readable, setTimeout } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';

const PAGE_BYTES = 4096;
/** u64 time stamp, then a long (4 bytes here) whose low bits say how many bytes of events follow. */
const PAGE_HEADER_BYTES = 12;
const COMMIT_MASK = 0x3fffffff;
/** Set if the number of lost events (4 bytes) stands behind the events. */
const MISSED_STORED = 0x40000000;
/** Pages in one frame. */
const BATCH_PAGES = 4;
/** Events that come within this time travel together: one wake-up of this process and of the page for many. Three frames of the display. */
const GATHER_MS = 50;
const O_RDONLY_NONBLOCK = 0o4000;

export function serveTrace(stream: Stream, request: Extract<AgentRequest, { kind: 'trace' }>): void {
  const fd = sys.open(`${request.instance}/per_cpu/cpu0/trace_pipe_raw`, O_RDONLY_NONBLOCK);
  let isFull = false;
  const later = (): void => void setTimeout(pump, GATHER_MS);
  const pump = (): void => {
    if (stream.closed) return;
    const { pages, bytes } = readPages(fd);
    if (pages > 0) stream.sendInPlace(frame.subarray(0, bytes));
    isFull = stream.credit < BATCH_PAGES * PAGE_BYTES;
    if (isFull) return;
    if (pages === BATCH_PAGES) setTimeout(pump);
    // Where there were events there will be more: only after a silence is the kernel asked to wake us.
    else if (pages > 0) later();
    else readable(fd).then(later, () => undefined);
  };
  stream.listener = {
    drain: () => {
      if (isFull) pump();
    },
    close: () => sys.closeQuietly(fd),
  };
  pump();
}

/** Its content has gone to the kernel when sendInPlace() returns, so that every frame is built in the same memory. */
const frame = new Uint8Array(FRAME_HEADER_BYTES + BATCH_PAGES * PAGE_BYTES);
const view = new DataView(frame.buffer);

/** Reads up to BATCH_PAGES pages behind the frame's header: how many there were, and where the last one ends. */
function readPages(fd: number): { readonly pages: number; readonly bytes: number } {
  let at = FRAME_HEADER_BYTES;
  let pages = 0;
  for (; pages < BATCH_PAGES; pages++) {
    const n = sys.tryRead(fd, frame.subarray(at, at + PAGE_BYTES));
    if (n === null || n < PAGE_HEADER_BYTES) break;
    const commit = view.getUint32(at + 8, true);
    at += Math.min(PAGE_BYTES, PAGE_HEADER_BYTES + (commit & COMMIT_MASK) + (commit & MISSED_STORED ? 4 : 0));
  }
  return { pages, bytes: at };
}
