// The page's end of the kernel's trace: bytes of trace_pipe_raw in, typed events out. The VM's worker makes one for each boot
// (and keeps it with a snapshot's formats). Total: what cannot be read is counted and returned, never thrown.
import type { DecodedEvent } from '../protocol/events.ts';
import { parseFormat, TraceRecord, type EventFormat } from './format.ts';
import type { Context, KernelOffsets, Probe } from './probe.ts';
import { probes } from './probes.ts';
import { protocolError, type ProtocolError } from './protocol-error.ts';
import { readPages, type RawRecord } from './ringbuffer.ts';

export interface Decoded {
  readonly events: readonly DecodedEvent[];
  readonly errors: readonly ProtocolError[];
  /** The kernel's time of the last record, decoded or not; 0 if there was none. */
  readonly lastNs: number;
}

/** A record begins with its event's id (u16), flags, preempt count and the running task's pid (s32). */
const RECORD_HEADER_BYTES = 8;

export class TraceDecoder {
  /** Errors since the decoder was made. */
  errorCount = 0;
  readonly #byId = new Map<number, { readonly format: EventFormat; readonly probe: Probe }>();
  /** One for all records: only `pid` differs from one to the next. */
  readonly #context: { -readonly [K in keyof Context]: Context[K] };

  constructor(offsets: KernelOffsets) {
    this.#context = {
      pid: 0,
      offsets,
      comms: new Map([[0, 'swapper']]),
      cgroups: new Map([[1, '/']]),
      cloneFlags: new Map(),
      overlayDevs: new Map(),
      moves: new Map(),
    };
  }

  /** Takes the format files named by `formatPaths`, in any order; may be called again. */
  formats(texts: readonly string[]): readonly ProtocolError[] {
    const errors: ProtocolError[] = [];
    const byName = new Map(probes.map((probe) => [probe.event.slice(probe.event.indexOf('/') + 1), probe]));
    for (const text of texts) {
      const format = parseFormat(text);
      if ('message' in format) {
        errors.push(format);
        continue;
      }
      const probe = byName.get(format.name);
      if (probe) this.#byId.set(format.id, { format, probe });
    }
    this.errorCount += errors.length;
    return errors;
  }

  /** Tells a process's name from another source (/proc at the start), so that its events carry it. */
  seen(pid: number, comm: string): void {
    this.#context.comms.set(pid, comm);
  }

  /** One read of trace_pipe_raw, or several in order. */
  push(bytes: Uint8Array): Decoded {
    const pages = readPages(bytes);
    const events: DecodedEvent[] = [];
    const errors: ProtocolError[] = [...pages.errors];
    let lastNs = 0;
    for (const raw of pages.records) {
      lastNs = raw.timeNs;
      const problem = this.#record(raw, bytes, events);
      if (problem) errors.push(problem);
    }
    if (pages.lost > 0)
      events.unshift({
        kind: 'stream.lost',
        events: pages.lost,
        reason: 'the kernel overwrote records that nobody had read',
        timeNs: pages.records[0]?.timeNs ?? lastNs,
        pid: 0,
        comm: '',
      });
    this.errorCount += errors.length;
    return { events, errors, lastNs };
  }

  #record(raw: RawRecord, bytes: Uint8Array, out: DecodedEvent[]): ProtocolError | undefined {
    if (raw.length < RECORD_HEADER_BYTES) return protocolError(`trace record of ${raw.length} bytes`);
    const view = new DataView(bytes.buffer, bytes.byteOffset + raw.offset, raw.length);
    const known = this.#byId.get(view.getUint16(0, true));
    if (!known) return undefined; // somebody in the guest traces for himself
    const pid = view.getInt32(4, true);
    const record = new TraceRecord(known.format, bytes.subarray(raw.offset, raw.offset + raw.length));
    this.#context.pid = pid;
    const bodies = known.probe.decode(record, this.#context);
    if (record.damaged) return protocolError(`damaged record of ${known.probe.event}`);
    const comm = this.#context.comms.get(pid) ?? '';
    for (const body of bodies) {
      out.push({ ...body, timeNs: raw.timeNs, pid, comm });
      if (body.kind === 'process.exit') this.#context.comms.delete(pid);
    }
    return undefined;
  }
}
