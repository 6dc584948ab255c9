// Byte streams: what HTTP bodies, FIFOs, terminals and hijacked connections have in common.

import { setNonblocking, tryWrite } from '../sys/file.ts';
import { SyscallError } from '../sys/error.ts';
import { native } from '../sys/native.ts';
import { utf8Encode } from '../sys/bytes.ts';
import type { AbortSignal } from './abort.ts';
import { readable, writable } from './wait.ts';

export interface ByteReader {
  /** The next bytes, which the caller may keep; null at the end. One call at a time. */
  read(): Promise<Uint8Array | null>;
}

export interface ByteWriter {
  /** Resolves when the bytes have been handed to the kernel. One call at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more bytes will come: the reader at the other end sees the end. */
  end(): Promise<void>;
}

const CHUNK_BYTES = 16 * 1024;
const EIO = 5;
const EAGAIN = 11;
const ECONNRESET = 104;
const RESOLVED = Promise.resolve();
/** So many full buffers in a row are taken before others have their turn. */
const FULL_READS_A_TURN = 8;

/**
 * Reads a descriptor (made non-blocking) to its end. A broken connection or a hung-up terminal (EIO) counts as the end. A writer that
 * never pauses does not hold the loop: between two reads it has a turn, in which all that is ready is served.
 */
export class FdReader implements ByteReader {
  /** The last read filled its buffer: there is likely more, so that asking the kernel whether there is would cost a call for nothing. */
  #likelyMore = true;
  #fullReads = 0;
  /** The last read() gave bytes at once, without having waited. */
  #tookTurn = false;
  constructor(
    readonly fd: number,
    readonly signal?: AbortSignal,
    readonly chunkBytes = CHUNK_BYTES,
  ) {
    setNonblocking(fd);
  }
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      this.signal?.throwIfAborted();
      if (!this.#tookTurn) {
        const bytes = this.tryRead();
        this.#tookTurn = bytes !== undefined;
        if (bytes !== undefined) return bytes;
      }
      this.#tookTurn = false;
      await readable(this.fd, this.signal);
    }
  }
  /** Resolves when tryRead() is worth a call. */
  wait(): Promise<void> {
    if (this.#likelyMore && ++this.#fullReads % FULL_READS_A_TURN !== 0) return RESOLVED;
    return readable(this.fd, this.signal);
  }
  /** What is there now: null at the end, undefined if one has to wait. */
  tryRead(): Uint8Array | null | undefined {
    const result = native.readSome(this.fd, this.chunkBytes);
    if (typeof result !== 'number') {
      this.#likelyMore = result.byteLength === this.chunkBytes;
      return result;
    }
    this.#likelyMore = false;
    if (result === -EAGAIN) return undefined;
    if (result === 0 || result === -EIO || result === -ECONNRESET) return null;
    throw new SyscallError('read', [this.fd], -result);
  }
}

/** Writes to a descriptor (made non-blocking). end() calls what was given, by default nothing. */
export class FdWriter implements ByteWriter {
  constructor(
    readonly fd: number,
    readonly onEnd: (fd: number) => void = () => undefined,
    readonly signal?: AbortSignal,
  ) {
    setNonblocking(fd);
  }
  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const n = tryWrite(this.fd, rest);
      if (n === null) await writable(this.fd, this.signal);
      else if (n === rest.byteLength) return;
      else rest = rest.subarray(n);
    }
  }
  end(): Promise<void> {
    this.onEnd(this.fd);
    return Promise.resolve();
  }
}

/** Copies until the reader's end; the writer is not ended. Bytes copied. */
export async function pump(from: ByteReader, to: ByteWriter, onBytes?: (bytes: number) => void): Promise<number> {
  let total = 0;
  for (let bytes = await from.read(); bytes !== null; bytes = await from.read()) {
    await to.write(bytes);
    total += bytes.byteLength;
    onBytes?.(bytes.byteLength);
  }
  return total;
}

/** A reader of bytes that are here already. */
export function readerOf(...parts: readonly (Uint8Array | string)[]): ByteReader {
  let next = 0;
  return {
    read: () => {
      const part = parts[next++];
      return Promise.resolve(part === undefined ? null : typeof part === 'string' ? utf8Encode(part) : part);
    },
  };
}

/** Reads to the end into one buffer; rejects past limitBytes with RangeError. */
export async function readToEnd(reader: ByteReader, limitBytes = 16 * 1024 * 1024): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let bytes = await reader.read(); bytes !== null; bytes = await reader.read()) {
    total += bytes.byteLength;
    if (total > limitBytes) throw new RangeError(`more than ${limitBytes} bytes`);
    parts.push(bytes);
  }
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
