// The json-file log driver: one JSON object a line, {"log":"…\n","stream":"stdout","attrs":{…},"time":"…"}, in
// containers/<id>/<id>-json.log, with rotation by max-size and max-file, and gzip for what is full if asked for. Written by the streams, read by GET logs.
import { AbortController, offload } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import { rfc3339Nano } from '../time.ts';
import type { StreamName } from './streams.ts';

/** A longer line is logged in pieces, as Docker does it. */
const MAX_LINE_BYTES = 16 * 1024;
const NEWLINE = 10;
const GZIP_LEVEL = 6;

/** One line as it was logged; without a newline it is a piece of a longer one. */
export interface LogEntry {
  readonly log: string;
  readonly stream: StreamName;
  /** What `--log-opt labels=…` and its like add, for `logs --details`. */
  readonly attrs?: LogAttributes;
  readonly time: string;
}

export type LogAttributes = Readonly<Record<string, string>>;

export interface Rotation {
  /** 0: the file grows for ever. */
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
  /** Files that are full are packed with gzip. */
  readonly compress?: boolean;
}

/** A place between two lines: how often the log had turned over, and bytes into the file that was written then. */
export interface LogPosition {
  readonly turns: number;
  readonly offset: number;
}

/** Hears of entries and where they begin. */
export type LogListener = (entries: readonly LogEntry[], at: LogPosition) => void;

export class JsonLog {
  private fd: number;
  private sizeBytes: number;
  private turns: number;
  /** Bytes of a line that has not ended yet. */
  private readonly pending: Record<StreamName, Uint8Array | undefined> = { stdout: undefined, stderr: undefined };
  private compressing: AbortController | undefined;
  private readonly listeners = new Set<LogListener>();

  constructor(
    readonly path: string,
    private readonly rotation: Rotation = { maxSizeBytes: 0, maxFiles: 1 },
    private readonly attrs?: LogAttributes,
  ) {
    this.fd = sys.open(path, sys.O_WRONLY | sys.O_CREAT | sys.O_APPEND, 0o640);
    this.sizeBytes = sys.fstat(this.fd).size;
    this.turns = turnsOf(path);
  }

  write(stream: StreamName, bytes: Uint8Array): void {
    const before = this.pending[stream];
    const all = before ? sys.concat([before, bytes]) : bytes;
    let end = all.lastIndexOf(NEWLINE) + 1;
    if (end === 0 && all.length >= MAX_LINE_BYTES) end = all.length;
    this.pending[stream] = end === all.length ? undefined : all.slice(end);
    if (end > 0) this.append(stream, sys.utf8Decode(all.subarray(0, end)));
  }

  /** The process has ended: what stands there without a newline is logged as it is. */
  finish(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.pending[stream];
      this.pending[stream] = undefined;
      if (rest) this.append(stream, sys.utf8Decode(rest));
    }
  }

  private append(stream: StreamName, text: string): void {
    const now = sys.realtime();
    const time = rfc3339Nano({ seconds: now.seconds, nanos: now.nanoseconds });
    const attrs = this.attrs && { attrs: this.attrs };
    const tail = `,"stream":"${stream}",${attrs ? `${JSON.stringify(attrs).slice(1, -1)},` : ''}"time":"${time}"}\n`;
    const lines = text.split('\n').map((line) => line + '\n');
    const last = (lines.pop() ?? '').slice(0, -1);
    if (last !== '') lines.push(last);
    const at = this.position;
    let out = '';
    for (const line of lines) {
      out += `{"log":${JSON.stringify(line)}${tail}`;
      if (this.isFull(out.length)) {
        this.put(out);
        out = '';
      }
    }
    if (out !== '') this.put(out);
    if (this.listeners.size === 0) return;
    const entries = lines.map((log): LogEntry => ({ log, stream, ...attrs, time }));
    for (const listener of this.listeners) listener(entries, at);
  }

  private isFull(moreChars = 0): boolean {
    return this.rotation.maxSizeBytes > 0 && this.sizeBytes + moreChars >= this.rotation.maxSizeBytes;
  }

  /** A full file turns over before the next line, so max-size is passed by one line at most. */
  private put(text: string): void {
    if (this.isFull()) this.rotate();
    const bytes = sys.utf8Encode(text);
    sys.writeAll(this.fd, bytes);
    this.sizeBytes += bytes.length;
  }

  /** <id>-json.log becomes .1, .1 becomes .2 (.1.gz becomes .2.gz), and the oldest goes. */
  private rotate(): void {
    sys.closeQuietly(this.fd);
    this.compressing?.abort();
    const { maxFiles, compress } = this.rotation;
    for (let n = maxFiles - 1; n >= 1; n -= 1) {
      for (const end of compress ? ['.gz', ''] : ['']) {
        if (compress) sys.removeQuietly(`${this.path}.${n}${end}`);
        const from = n > 1 ? `${this.path}.${n - 1}${end}` : end === '' ? this.path : undefined;
        if (from !== undefined && sys.exists(from)) sys.rename(from, `${this.path}.${n}${end}`);
      }
    }
    if (compress && maxFiles > 1) void this.compress(`${this.path}.1`);
    this.fd = sys.open(this.path, sys.O_WRONLY | sys.O_CREAT | sys.O_TRUNC | sys.O_APPEND, 0o640);
    this.sizeBytes = 0;
    this.turns += 1;
  }

  /** In a child. One that is not done when the next file is full is left as it is. */
  private async compress(path: string): Promise<void> {
    const abort = (this.compressing = new AbortController());
    const [from, part] = [sys.open(path, sys.O_RDONLY), `${path}.gz.part`];
    const to = sys.open(part, sys.O_WRONLY | sys.O_CREAT | sys.O_TRUNC, 0o640);
    try {
      const pack = (): true => {
        sys.gzip(from, to, GZIP_LEVEL);
        return true;
      };
      await offload(pack, { keep: [from, to], signal: abort.signal, title: 'dockerd: gzip' });
      sys.rename(part, `${path}.gz`);
      sys.unlink(path);
    } catch {
      // The plain file is still there, or has gone with the container.
      sys.removeQuietly(part);
    } finally {
      sys.closeQuietly(from);
      sys.closeQuietly(to);
    }
  }

  /** Entries as they are logged, for `logs -f`. Returns a function that ends it. */
  follow(listener: LogListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Where the next entry will stand. */
  get position(): LogPosition {
    return { turns: this.turns, offset: this.sizeBytes };
  }

  /** See readLogFrom(). */
  readFrom(from?: LogPosition): LogPiece | undefined {
    return readLogFrom(this.path, this.turns, from);
  }

  close(): void {
    this.finish();
    sys.closeQuietly(this.fd);
    this.fd = -1;
  }
}

/** How many full files there are beside the one that is written. */
export function turnsOf(path: string): number {
  let turns = 0;
  while (['', '.gz'].some((end) => sys.exists(`${path}.${turns + 1}${end}`))) turns += 1;
  return turns;
}

export interface LogPiece {
  readonly entries: LogEntry[];
  /** The place behind them. */
  readonly next: LogPosition;
}

const BEGINNING: LogPosition = { turns: 0, offset: 0 };
const PIECE_BYTES = 256 * 1024;

/**
 * Entries from a place on, of a piece of one file; undefined if there are none. `turns`: how often the log has turned over by now.
 * What has been thrown away meanwhile and damaged lines (a cut) are left out.
 */
export function readLogFrom(path: string, turns: number, from: LogPosition = BEGINNING): LogPiece | undefined {
  let { offset } = from;
  for (let turn = from.turns; turn <= turns; turn += 1, offset = 0) {
    const bytes = readPiece(turn === turns ? path : `${path}.${turns - turn}`, offset);
    // The last line of a log that was cut off has no end.
    const length = bytes.lastIndexOf(NEWLINE) + 1 || (bytes.length < PIECE_BYTES ? bytes.length : 0);
    const next = { turns: turn, offset: offset + length };
    if (length > 0) return { entries: entriesOf(sys.utf8Decode(bytes.subarray(0, length))), next };
  }
  return undefined;
}

/** Everything that is logged, oldest first: rotated files, then the present one. */
export function readLog(path: string): LogEntry[] {
  const turns = turnsOf(path);
  const entries: LogEntry[] = [];
  for (let piece = readLogFrom(path, turns); piece; piece = readLogFrom(path, turns, piece.next))
    for (const entry of piece.entries) entries.push(entry);
  return entries;
}

function entriesOf(text: string): LogEntry[] {
  return text.split('\n').flatMap((line) => parseEntry(line) ?? []);
}

/** Bytes of a log file from an offset on; none if it is gone. One that was packed is unpacked whole. */
function readPiece(path: string, offset: number): Uint8Array {
  if (!sys.exists(path)) return unpacked(path).subarray(offset, offset + PIECE_BYTES);
  const fd = sys.open(path, sys.O_RDONLY);
  try {
    const piece = new Uint8Array(PIECE_BYTES);
    return piece.subarray(0, sys.pread(fd, piece, offset));
  } finally {
    sys.closeQuietly(fd);
  }
}

function unpacked(path: string): Uint8Array {
  if (!sys.exists(`${path}.gz`)) return new Uint8Array(0);
  const [packed, memory] = [sys.open(`${path}.gz`, sys.O_RDONLY), sys.memfdCreate('log')];
  try {
    sys.inflateFile(packed, memory);
    sys.lseek(memory, 0);
    return sys.readAll(memory);
  } finally {
    sys.closeQuietly(packed);
    sys.closeQuietly(memory);
  }
}

export function parseEntry(line: string): LogEntry | undefined {
  if (line === '') return undefined;
  try {
    const value = JSON.parse(line) as Partial<LogEntry>;
    return typeof value.log === 'string' && typeof value.time === 'string' ? (value as LogEntry) : undefined;
  } catch {
    return undefined;
  }
}
