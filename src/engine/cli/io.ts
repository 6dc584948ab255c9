// The client's own standard streams and terminal, as the stub handed them over: fds 0, 1 and 2 of this process.
import { FdReader, type ByteReader, type ByteWriter } from '../loop/index.ts';
import {
  isatty,
  noEcho,
  rawMode,
  readFile,
  tcgetattr,
  tcsetattr,
  utf8Decode,
  utf8Encode,
  windowSize,
  writeAll,
  writeFile,
} from '../sys/index.ts';

export interface Io {
  /** Text or bytes to stdout, all of it, now. */
  out(data: string | Uint8Array): void;
  err(data: string | Uint8Array): void;
  readonly stdin: ByteReader;
  readonly stdout: ByteWriter;
  readonly stderr: ByteWriter;
  isTerminal(fd: 0 | 1 | 2): boolean;
  /** Rows and columns of the terminal, or undefined. */
  size(): [rows: number, columns: number] | undefined;
  /** Put the terminal into raw mode; the answer puts it back. */
  raw(): () => void;
  /** What is typed does not show, for a password; the answer puts it back. */
  noEcho(): () => void;
  /** A small text file of the client's, or undefined. */
  readFile(path: string): string | undefined;
  writeFile(path: string, data: string | Uint8Array): void;
}

/** The streams of this process; relative paths are taken from `cwd`, which the child has entered. */
export function processIo(): Io {
  let stdin: ByteReader | undefined;
  return {
    out: (data) => writeQuietly(1, data),
    err: (data) => writeQuietly(2, data),
    get stdin() {
      return (stdin ??= new FdReader(0));
    },
    stdout: blockingWriter(1),
    stderr: blockingWriter(2),
    isTerminal: (fd) => isatty(fd),
    size() {
      const fd = [1, 0, 2].find((candidate) => isatty(candidate));
      if (fd === undefined) return undefined;
      const { rows, cols } = windowSize(fd);
      return [rows, cols];
    },
    raw() {
      const before = tcgetattr(0);
      tcsetattr(0, rawMode(before));
      return () => tcsetattr(0, before);
    },
    noEcho() {
      const before = tcgetattr(0);
      tcsetattr(0, noEcho(before));
      return () => tcsetattr(0, before);
    },
    readFile(path) {
      try {
        return utf8Decode(readFile(path));
      } catch {
        return undefined;
      }
    },
    writeFile: (path, data) => writeFile(path, data),
  };
}

/** The terminal is shared with the shell: making it non-blocking would break it for others, so a full pipe blocks us. */
function blockingWriter(fd: number): ByteWriter {
  return {
    write(bytes) {
      writeQuietly(fd, bytes);
      return Promise.resolve();
    },
    end: () => Promise.resolve(),
  };
}

/** A reader that is gone (`docker ps | head -1`) is no error of ours. */
function writeQuietly(fd: number, data: string | Uint8Array): void {
  try {
    writeAll(fd, typeof data === 'string' ? utf8Encode(data) : data);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EPIPE') throw error;
  }
}
