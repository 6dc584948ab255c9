// The kernel's trace ring buffer as per_cpu/cpuN/trace_pipe_raw gives it: pages of records, each record a time delta and a
// body. Reads what the agent forwards. Layout: Documentation/trace/ring-buffer-map.rst, events/header_page and header_event.
import { protocolError, type ProtocolError } from './protocol-error.ts';

/** One record: its absolute time, and where its body lies. */
export interface RawRecord {
  readonly timeNs: number;
  readonly offset: number;
  readonly length: number;
}

export interface Pages {
  readonly records: readonly RawRecord[];
  /** Records that the kernel overwrote before anybody read them. */
  readonly lost: number;
  readonly errors: readonly ProtocolError[];
}

/** A page before its data on a 32-bit kernel: 64-bit time stamp, 32-bit commit word. */
export const PAGE_HEADER_BYTES = 12;
export const PAGE_BYTES = 4096;

/** In the commit word: how many bytes of data the page holds, and whether records were lost before it. */
const COMMIT_BYTES = 0x3fff_ffff;
const MISSED_EVENTS = 0x8000_0000;
const MISSED_STORED = 0x4000_0000;

// The low five bits of a record's first word; 1 to 28 are a length in words.
const LENGTH_IN_BODY = 0;
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
/** A time extension carries the bits of the time from here up. */
const TIME_SHIFT = 2 ** 27;

/**
 * Reads one or more pages that follow each other. The agent may cut every page after its data (12 + commit bytes, and 4
 * more where the commit word says that the count of lost records is stored there), or send pages whole: the kernel fills
 * the rest of a page with zeros, and no page of ours has time 0.
 */
export function readPages(bytes: Uint8Array): Pages {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: RawRecord[] = [];
  const errors: ProtocolError[] = [];
  let lost = 0;
  let page = 0;
  while (page < bytes.byteLength) {
    if (bytes.byteLength - page < PAGE_HEADER_BYTES) {
      if (!restIsZero(bytes, page))
        errors.push(protocolError(`trace page header cut at ${bytes.byteLength - page} bytes`));
      break;
    }
    const commit = view.getUint32(page + 8, true);
    const dataEnd = page + PAGE_HEADER_BYTES + (commit & COMMIT_BYTES);
    if (dataEnd > bytes.byteLength || (commit & COMMIT_BYTES) > PAGE_BYTES) {
      errors.push(protocolError(`trace page claims ${commit & COMMIT_BYTES} bytes of data`));
      break;
    }
    const time = view.getUint32(page, true) + view.getUint32(page + 4, true) * 2 ** 32;
    const problem = readRecords(view, page + PAGE_HEADER_BYTES, dataEnd, time, records);
    if (problem) errors.push(problem);
    let end = dataEnd;
    if (commit & MISSED_STORED && end + 4 <= bytes.byteLength) {
      lost += view.getUint32(end, true);
      end += 4;
    } else if (commit & MISSED_EVENTS) lost += 1;
    page = nextPage(bytes, page, end);
  }
  return { records, lost, errors };
}

/** Where the next page begins: at once if the agent cut this one, or after zeros up to the page's full size. */
function nextPage(bytes: Uint8Array, page: number, end: number): number {
  const full = page + PAGE_BYTES;
  if (full > bytes.byteLength) return end;
  for (let at = end; at < full; at++) if (bytes[at] !== 0) return end;
  return full;
}

function restIsZero(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.byteLength; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** Walks one page's records; the answer is the reason for stopping before the end, if there was one. */
function readRecords(
  view: DataView,
  start: number,
  end: number,
  pageTime: number,
  out: RawRecord[],
): ProtocolError | undefined {
  let at = start;
  let time = pageTime;
  while (at + 4 <= end) {
    const word = view.getUint32(at, true);
    const type = word & 31;
    const delta = word >>> 5;
    const next = at + 4 <= end - 4 ? view.getUint32(at + 4, true) : undefined;
    if (type === TIME_EXTEND || type === TIME_STAMP) {
      if (next === undefined) return protocolError('trace time extension cut');
      const value = next * TIME_SHIFT + delta;
      // An absolute stamp has 59 bits; a guest's clock since boot never needs the five above them.
      time = type === TIME_EXTEND ? time + value : value;
      at += 8;
      continue;
    }
    if (type === PADDING) {
      if (delta === 0) return undefined; // the rest of the page is unused
      if (next === undefined) return protocolError('trace padding cut');
      time += delta;
      at += 4 + next; // a record that a filter took back
      continue;
    }
    if (type === LENGTH_IN_BODY && next === undefined) return protocolError('trace record cut');
    const [bodyAt, size] = type === LENGTH_IN_BODY ? [at + 8, (next ?? 0) - 4] : [at + 4, type * 4];
    if (size < 0 || bodyAt + size > end) return protocolError(`trace record of ${size} bytes overruns its page`);
    time += delta;
    out.push({ timeNs: time, offset: bodyAt, length: size });
    at = bodyAt + ((size + 3) & ~3);
  }
  return undefined;
}
