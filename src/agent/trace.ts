// The kernel's trace, raw: pages of the ring buffer of one tracefs instance, as trace_pipe_raw gives them. The page's side decodes.
// Documentation/trace/ftrace.rst, kernel/trace/ring_buffer.c (struct buffer_data_page)
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import { FRAME_HEADER_BYTES } from '../protocol/frame.ts';
import { readable, sleep } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';

const PAGE_BYTES = 4096;
/** u64 time stamp, then a long (4 bytes here) whose low bits say how many bytes of events follow. */
const PAGE_HEADER_BYTES = 12;
const COMMIT_MASK = 0x3fffffff;
/** Set if the number of lost events (4 bytes) stands behind the events. */
const MISSED_STORED = 0x40000000;
/** Pages in one frame. */
const BATCH_PAGES = 4;
/** Events that come within this time travel together: one wake-up of the page for many. */
const GATHER_MS = 4;
const O_RDONLY_NONBLOCK = 0o4000;

export function serveTrace(stream: Stream, request: Extract<AgentRequest, { kind: 'trace' }>): void {
  const fd = sys.open(`${request.instance}/per_cpu/cpu0/trace_pipe_raw`, O_RDONLY_NONBLOCK);
  let roomAgain: (() => void) | undefined;
  stream.listener = {
    drain: () => roomAgain?.(),
    close: () => {
      roomAgain?.();
      sys.closeQuietly(fd);
    },
  };
  const pump = async (): Promise<void> => {
    while (!stream.closed) {
      const frame = readPages(fd);
      if (frame) stream.sendInPlace(frame);
      if (stream.credit < BATCH_PAGES * PAGE_BYTES) await new Promise<void>((resolve) => (roomAgain = resolve));
      else if (frame) await sleep(0);
      else {
        await readable(fd);
        await sleep(GATHER_MS);
      }
    }
  };
  pump().catch(() => stream.close());
}

/** Up to BATCH_PAGES pages behind a frame's header, or undefined if nothing waits. */
function readPages(fd: number): Uint8Array | undefined {
  const buffer = new Uint8Array(FRAME_HEADER_BYTES + BATCH_PAGES * PAGE_BYTES);
  const view = new DataView(buffer.buffer);
  let at = FRAME_HEADER_BYTES;
  for (let i = 0; i < BATCH_PAGES; i++) {
    const n = sys.tryRead(fd, buffer.subarray(at, at + PAGE_BYTES));
    if (n === null || n < PAGE_HEADER_BYTES) break;
    const commit = view.getUint32(at + 8, true);
    at += Math.min(PAGE_BYTES, PAGE_HEADER_BYTES + (commit & COMMIT_MASK) + (commit & MISSED_STORED ? 4 : 0));
  }
  return at === FRAME_HEADER_BYTES ? undefined : buffer.subarray(0, at);
}
