// The json-file log driver: one JSON object a line, {"log":"…\n","stream":"stdout","attrs":{…},"time":"…"}, in
// containers/<id>/<id>-json.log, with rotation by max-size and max-file, and gzip for what is full if asked for. Written by the
// streams, read by log-reader.ts.
import { AbortController, offload, sleep } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import { rfc3339Nano } from '../time.ts';
import { LogReader, turnsOf } from './log-reader.ts';
import type { StreamName } from './streams.ts';

/** A longer line is logged in pieces, as Docker does it. */
const MAX_LINE_BYTES = 16 * 1024;
const NEWLINE = 10;
const BACKSLASH = 0x5c;
const GZIP_LEVEL = 6;
/** Lines are logged in parts of about so many bytes, and after so many lines others have their turn in between. */
const PART_BYTES = 2 * 1024;
const LINES_A_TURN = 1000;

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
  /** What has not been logged yet: the beginning of a line that has not ended, or lines that wait for their turn. */
  private readonly pending: Record<StreamName, Uint8Array | undefined> = { stdout: undefined, stderr: undefined };
  private compressing: AbortController | undefined;
  private readonly listeners = new Set<LogListener>();

  constructor(
    readonly path: string,
    private readonly rotation: Rotation = { maxSizeBytes: 0, maxFiles: 1 },
    private readonly attrs?: LogAttributes,
  ) {
    this.fd = sys.open(path, sys.O_RDWR | sys.O_CREAT | sys.O_APPEND, 0o640);
    this.sizeBytes = sys.fstat(this.fd).size;
    this.turns = turnsOf(path);
    this.endCutLine();
  }

  /** A line that a crash has cut must not take the next one with it. */
  private endCutLine(): void {
    const last = new Uint8Array(1);
    if (this.sizeBytes === 0) return;
    sys.pread(this.fd, last, this.sizeBytes - 1);
    if (last[0] !== NEWLINE) this.sizeBytes += sys.writeAll(this.fd, '\n');
  }

  /** A promise if there are so many lines that others have their turn before all are logged. */
  write(stream: StreamName, bytes: Uint8Array): Promise<void> | void {
    const before = this.pending[stream];
    this.pending[stream] = before ? sys.concat([before, bytes]) : bytes;
    if (this.logLines(stream)) return this.goOn(stream);
  }

  private async goOn(stream: StreamName): Promise<void> {
    do await sleep(0);
    while (this.logLines(stream));
  }

  /** Logs what is whole. True: a turn's share, and there is more. */
  private logLines(stream: StreamName): boolean {
    for (let lines = 0; lines < LINES_A_TURN;) {
      const all = this.pending[stream];
      const end = all ? endOfPart(all) : 0;
      if (!all || end === 0) {
        if (all && all.byteLength < all.buffer.byteLength) this.pending[stream] = all.slice();
        return false;
      }
      this.pending[stream] = end === all.length ? undefined : all.subarray(end);
      lines += this.append(stream, all.subarray(0, end));
    }
    return this.pending[stream] !== undefined;
  }

  /** The process has ended: what stands there without a newline is logged as it is. */
  finish(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      while (this.logLines(stream));
      const rest = this.pending[stream];
      this.pending[stream] = undefined;
      if (rest) this.append(stream, rest);
    }
  }

  /** Whole lines, or a piece of one. How many. */
  private append(stream: StreamName, bytes: Uint8Array): number {
    const text = sys.utf8Decode(bytes);
    const now = sys.realtime();
    const time = rfc3339Nano({ seconds: now.seconds, nanos: now.nanoseconds });
    const attrs = this.attrs && { attrs: this.attrs };
    const tail = `,"stream":"${stream}",${attrs ? `${JSON.stringify(attrs).slice(1, -1)},` : ''}"time":"${time}"}\n`;
    const at = this.position;
    const lines = text.split('\n');
    const isPiece = bytes.at(-1) !== NEWLINE;
    if (isPiece) this.put(`{"log":${JSON.stringify(text)}${tail}`);
    else {
      lines.pop();
      this.put(jsonLines(bytes.includes(BACKSLASH) ? lines : text, tail));
    }
    if (this.listeners.size > 0) {
      const entries = lines.map((line): LogEntry => ({ log: isPiece ? line : `${line}\n`, stream, ...attrs, time }));
      for (const listener of this.listeners) listener(entries, at);
    }
    return lines.length;
  }

  private isFull(moreChars = 0): boolean {
    return this.rotation.maxSizeBytes > 0 && this.sizeBytes + moreChars >= this.rotation.maxSizeBytes;
  }

  /** A full file turns over before the next line, so max-size is passed by one line at most. */
  private put(lines: string): void {
    const parts = this.isFull(lines.length) ? lines.split(/(?<=\n)/) : [lines];
    for (const part of parts) {
      if (this.isFull()) this.rotate();
      this.sizeBytes += sys.writeAll(this.fd, part);
    }
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

  reader(): LogReader {
    return new LogReader(this.path, () => this.turns);
  }

  close(): void {
    this.finish();
    sys.closeQuietly(this.fd);
    this.fd = -1;
  }
}

/** Where the next part ends: behind a newline about PART_BYTES on, or in the middle of a line that is too long. 0: no line is whole. */
function endOfPart(bytes: Uint8Array): number {
  const near = bytes.lastIndexOf(NEWLINE, Math.min(PART_BYTES, bytes.length) - 1) + 1;
  const end = near > 0 ? near : bytes.indexOf(NEWLINE, PART_BYTES) + 1;
  if (end > 0 && end <= MAX_LINE_BYTES + 1) return end;
  if (bytes.length < MAX_LINE_BYTES) return 0;
  // A character stays whole.
  let cut = MAX_LINE_BYTES;
  while (cut > MAX_LINE_BYTES - 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return cut;
}

/**
 * `{"log":"<line>\\n"<tail>` for each line, in few steps for all of them: a process that prints tiny lines without a pause must not
 * cost more than it has to. What stands between two lines in JSON.stringify's text stands nowhere else in it, as long as there is no
 * backslash in a whole text.
 */
function jsonLines(lines: readonly string[] | string, tail: string): string {
  const json = JSON.stringify(lines);
  const [inside, between] = typeof lines === 'string' ? [json.slice(1, -3), '\\n'] : [json.slice(2, -2), '","'];
  return `{"log":"${inside.split(between).join(`\\n"${tail}{"log":"`)}\\n"${tail}`;
}
