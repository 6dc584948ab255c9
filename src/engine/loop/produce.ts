// Bytes that are made by blocking work (packing, inflating): a forked child makes them and writes them into a pipe, and they
// are read here as they come. The loop stays free, and a slow reader slows the child.

import { closeQuietly, pipe2 } from '../sys/file.ts';
import { fork, killQuietly, type Child } from '../sys/process.ts';
import { FdReader, type ByteReader } from './stream.ts';
import { childExit } from './wait.ts';

const PIPE_BYTES = 64 * 1024;

export interface Produced extends ByteReader {
  /** Ends the child if it still works; to be called when the bytes are no longer wanted, or have all been read. */
  close(): Promise<void>;
}

/**
 * Runs `work` in a child with the descriptor that it writes to. The last read() rejects with an Error of `title` if the work
 * threw or was killed, so that a reader never takes half of the bytes for all. `keep`: descriptors that the work uses.
 */
export function produce(work: (fdOut: number) => void, title: string, keep: readonly number[] = []): Produced {
  const [from, to] = pipe2();
  const child = fork(
    () => {
      work(to);
      return 0;
    },
    { keep: [to, ...keep], title },
  );
  closeQuietly(to);
  return new ChildReader(child, from, title);
}

class ChildReader implements Produced {
  readonly #reader: FdReader;
  readonly #child: Child;
  readonly #title: string;
  #ended: Promise<boolean> | undefined;

  constructor(child: Child, fd: number, title: string) {
    this.#child = child;
    this.#title = title;
    this.#reader = new FdReader(fd, undefined, PIPE_BYTES);
  }

  async read(): Promise<Uint8Array | null> {
    if (!this.#ended) {
      const bytes = await this.#reader.read();
      if (bytes !== null) return bytes;
    }
    if (!(await this.#end())) throw new Error(`${this.#title} failed`);
    return null;
  }

  async close(): Promise<void> {
    if (!this.#ended) killQuietly(this.#child.pid, 9);
    await this.#end();
  }

  /** True if the work ended well. */
  #end(): Promise<boolean> {
    this.#ended ??= (async () => {
      closeQuietly(this.#reader.fd);
      const status = await childExit(this.#child);
      return status.kind === 'exited' && status.code === 0;
    })();
    return this.#ended;
  }
}
