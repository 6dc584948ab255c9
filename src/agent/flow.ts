// Bytes between a descriptor and a stream, as fast as both allow and no faster: reading stops while the stream has no credit,
// credit is granted when the kernel has taken the bytes.
import type { Stream } from '../protocol/channel.ts';
import { FRAME_HEADER_BYTES } from '../protocol/frame.ts';
import { onReadable, writable } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';

const CHUNK_BYTES = 16 * 1024;
const EAGAIN = 11;

/** Closes a descriptor at the first call only: by the second its number may be another file's. */
export function closeOnce(fd: number): () => void {
  let open = true;
  return () => {
    if (open) sys.closeQuietly(fd);
    open = false;
  };
}

/** Sends what can be read from fd until its end (or a terminal's hang-up), then calls ended. Returns what to call when credit came. */
export function sendFrom(fd: number, stream: Stream, ended: () => void): () => void {
  sys.setNonblocking(fd);
  let stop: (() => void) | undefined;
  let over = false;
  const pause = (): void => {
    stop?.();
    stop = undefined;
  };
  const read = (): void => {
    const room = Math.min(stream.credit, CHUNK_BYTES);
    if (room <= 0) return pause();
    const buffer = new Uint8Array(FRAME_HEADER_BYTES + room);
    const n = sys.raw('read', fd, buffer.subarray(FRAME_HEADER_BYTES), room);
    if (n > 0) return stream.sendInPlace(buffer.subarray(0, FRAME_HEADER_BYTES + n));
    if (n === -EAGAIN) return;
    over = true;
    pause();
    ended();
  };
  const resume = (): void => {
    if (!over && stop === undefined && !stream.closed) stop = onReadable(fd, read);
  };
  resume();
  return resume;
}

/** Writes a stream's data to fd in order and grants credit for what was written; a descriptor that takes no more is waited for. */
export class Sink {
  #queue: Uint8Array[] = [];
  #busy = false;
  #ending: (() => void) | undefined;

  constructor(
    private readonly fd: number,
    private readonly stream: Stream,
  ) {
    sys.setNonblocking(fd);
    stream.autoGrant = false;
  }

  write(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    if (!this.#busy) void this.#drain();
  }

  /** Calls back once everything is written. */
  end(done: () => void): void {
    this.#ending = done;
    if (!this.#busy) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    try {
      for (let bytes = this.#queue.shift(); bytes; bytes = this.#queue.shift()) await this.#writeAll(bytes);
    } catch {
      // The reader is gone (EPIPE, EIO): what is still sent to it is taken and thrown away, as a closed pipe does.
      for (const bytes of this.#queue) this.stream.grant(bytes.byteLength);
      this.#queue = [];
    }
    this.#busy = false;
    const done = this.#ending;
    this.#ending = undefined;
    done?.();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      const n = sys.tryWrite(this.fd, rest);
      if (n === null) await writable(this.fd);
      else rest = rest.subarray(n);
    }
    this.stream.grant(bytes.byteLength);
  }
}

/** Collects a stream's data and calls back with the lines of text at its end. */
export function collectLines(stream: Stream, done: (lines: string[]) => void): void {
  const parts: Uint8Array[] = [];
  stream.listener = {
    data: (bytes) => void parts.push(bytes),
    end: () => done(sys.utf8Decode(sys.concat(parts)).split('\n').filter(Boolean)),
  };
}

/** Sends a text in pieces that never need more credit than a stream starts with; the rest follows as credit comes. */
export function sendText(stream: Stream, text: string): void {
  stream.send(sys.utf8Encode(text));
}
