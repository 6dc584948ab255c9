// Reads what json-log.ts has written: the rotated files, packed or not, then the present one; forwards in pieces from a place on, and
// backwards only for as many lines as are wanted. Used by GET logs and by attach?logs=1.
import * as sys from '../../sys/index.ts';
import type { LogEntry, LogPosition } from './json-log.ts';

const NEWLINE = 10;
const OPENING_BRACE = 0x7b;
/** How every line ends: `"time":"…Z"}`. */
const LINE_END = [0x5a, 0x22, 0x7d] as const;
/** Tiny lines make a thousand of it: so much is read in one turn. */
const PIECE_BYTES = 64 * 1024;
const FIRST_BLOCK_BYTES = 8 * 1024;

export interface LogPiece {
  readonly entries: LogEntry[];
  /** The place behind them. */
  readonly next: LogPosition;
}

const BEGINNING: LogPosition = { turns: 0, offset: 0 };

/**
 * `turns()`: how often the log has turned over by now. What is thrown away while it is read, and damaged lines (a cut), are left out.
 * To be closed.
 */
export class LogReader {
  /** The packed file that was read last, unpacked. */
  private unpacked: { readonly turn: number; readonly fd: number } | undefined;

  constructor(
    private readonly path: string,
    private readonly turns: () => number,
  ) {}

  /** A log that nobody writes any more. */
  static ended(path: string): LogReader {
    const turns = turnsOf(path);
    return new LogReader(path, () => turns);
  }

  /** The place behind the last line of a log that nobody writes any more. */
  get end(): LogPosition {
    const turns = this.turns();
    return { turns, offset: this.sizeOf(turns) ?? 0 };
  }

  /** Entries from a place on, of a piece of one file; undefined if there are none before `end`. */
  read(from: LogPosition = BEGINNING, end?: LogPosition): LogPiece | undefined {
    const last = end?.turns ?? this.turns();
    let { offset } = from;
    for (let turn = from.turns; turn <= last; turn += 1, offset = 0) {
      const limit = end && turn === end.turns ? Math.min(end.offset - offset, PIECE_BYTES) : PIECE_BYTES;
      if (limit <= 0) continue;
      const bytes = this.bytesOf(turn, offset, limit) ?? new Uint8Array(0);
      // The last line of a log that was cut off has no end.
      const length = bytes.lastIndexOf(NEWLINE) + 1 || (bytes.length < PIECE_BYTES ? bytes.length : 0);
      const next = { turns: turn, offset: offset + length };
      if (length > 0) return { entries: entriesOf(sys.utf8Decode(bytes.subarray(0, length))), next };
    }
    return undefined;
  }

  /** Where the last `lines` lines before `end` begin: reads backwards from there, block by block, no further than it must. */
  tail(lines: number, end: LogPosition): LogPosition {
    let left = lines;
    if (left === 0) return end;
    for (let turn = end.turns; turn >= 0; turn -= 1) {
      const size = turn === end.turns ? end.offset : this.sizeOf(turn);
      if (size === undefined) return { turns: turn + 1, offset: 0 };
      const found = this.countBack(turn, size, left);
      if (found.left === 0) return { turns: turn, offset: found.offset };
      left = found.left;
    }
    return BEGINNING;
  }

  /** As tail() in one file; `left`: lines that are still wanted at its beginning. Only whole lines count, as only these are shown. */
  private countBack(turn: number, size: number, wanted: number): { left: number; offset: number } {
    let left = wanted;
    let blockBytes = FIRST_BLOCK_BYTES;
    // Of the line whose beginning is looked for. What follows the file's last newline is none, unless it has lost only that.
    let endsWell = false;
    for (let to = size; to > 0; blockBytes = Math.min(blockBytes * 2, PIECE_BYTES)) {
      const from = Math.max(0, to - blockBytes);
      // With the bytes around it that tell whether the lines that begin and end in it are whole.
      const start = Math.max(0, from - LINE_END.length);
      const bytes = this.bytesOf(turn, start, Math.min(size, to + 1) - start);
      if (!bytes) return { left, offset: 0 };
      const ends = (at: number): boolean => LINE_END.every((byte, i) => bytes[at - LINE_END.length + i] === byte);
      if (to === size) endsWell = ends(bytes.length);
      for (let at = bytes.lastIndexOf(NEWLINE, to - 1 - start); at >= from - start;) {
        if (endsWell && bytes[at + 1] === OPENING_BRACE && --left === 0) return { left, offset: start + at + 1 };
        endsWell = ends(at);
        at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1);
      }
      if (from === 0 && endsWell && bytes[0] === OPENING_BRACE) left -= 1;
      to = from;
    }
    return { left, offset: 0 };
  }

  /** Bytes of one file; undefined if it is gone. */
  private bytesOf(turn: number, offset: number, limit: number): Uint8Array | undefined {
    const read = (fd: number): Uint8Array => {
      const bytes = new Uint8Array(limit);
      return bytes.subarray(0, sys.pread(fd, bytes, offset));
    };
    return this.inFile(turn, read);
  }

  private sizeOf(turn: number): number | undefined {
    return this.inFile(turn, (fd) => sys.fstat(fd).size);
  }

  private inFile<T>(turn: number, work: (fd: number) => T): T | undefined {
    if (this.unpacked?.turn === turn) return work(this.unpacked.fd);
    const age = this.turns() - turn;
    const path = age === 0 ? this.path : `${this.path}.${age}`;
    if (!sys.exists(path)) {
      const fd = unpack(`${path}.gz`);
      if (fd === undefined) return undefined;
      this.close();
      this.unpacked = { turn, fd };
      return work(fd);
    }
    const fd = sys.open(path, sys.O_RDONLY);
    try {
      return work(fd);
    } finally {
      sys.closeQuietly(fd);
    }
  }

  close(): void {
    if (this.unpacked) sys.closeQuietly(this.unpacked.fd);
    this.unpacked = undefined;
  }
}

/** How many full files there are beside the one that is written. */
export function turnsOf(path: string): number {
  let turns = 0;
  while (['', '.gz'].some((end) => sys.exists(`${path}.${turns + 1}${end}`))) turns += 1;
  return turns;
}

/** Everything that is logged, oldest first. For logs that are known to be short. */
export function readLog(path: string): LogEntry[] {
  const reader = LogReader.ended(path);
  const entries: LogEntry[] = [];
  for (let piece = reader.read(); piece; piece = reader.read(piece.next))
    for (const entry of piece.entries) entries.push(entry);
  reader.close();
  return entries;
}

/** What a packed file holds, in memory; undefined if it is gone. */
function unpack(path: string): number | undefined {
  if (!sys.exists(path)) return undefined;
  const [packed, memory] = [sys.open(path, sys.O_RDONLY), sys.memfdCreate('log')];
  try {
    sys.inflateFile(packed, memory);
    return memory;
  } catch (error) {
    sys.closeQuietly(memory);
    throw error;
  } finally {
    sys.closeQuietly(packed);
  }
}

function entriesOf(text: string): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const line of text.split('\n')) {
    const entry = parseEntry(line);
    if (entry) entries.push(entry);
  }
  return entries;
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
