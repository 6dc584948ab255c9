// Bytes that wait to be sent or acknowledged, kept as the chunks they were written in and copied once, into the frame.

export class SendBuffer {
  /** Bytes held. */
  length = 0;
  readonly #chunks: Uint8Array[] = [];
  /** How much of the first chunk is acknowledged. */
  #consumed = 0;
  /** Where the last copy ended, so that sending in order does not search from the start. */
  #cursor = { chunk: 0, chunkOffset: 0 };

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.length += bytes.length;
  }

  /** Forget the first `bytes` bytes: they were acknowledged. */
  consume(bytes: number): void {
    this.length -= bytes;
    this.#consumed += bytes;
    let whole = 0;
    let wholeBytes = 0;
    for (let chunk = this.#chunks[0]; chunk && this.#consumed >= chunk.length; chunk = this.#chunks[whole]) {
      this.#consumed -= chunk.length;
      wholeBytes += chunk.length;
      whole += 1;
    }
    if (whole === 0) return;
    this.#chunks.splice(0, whole);
    const chunk = this.#cursor.chunk - whole;
    this.#cursor =
      chunk < 0 ? { chunk: 0, chunkOffset: 0 } : { chunk, chunkOffset: this.#cursor.chunkOffset - wholeBytes };
  }

  /** Copies target.length bytes from `offset` (0 is the first unacknowledged byte). */
  copy(offset: number, target: Uint8Array): void {
    const start = offset + this.#consumed;
    let { chunk, chunkOffset } = start >= this.#cursor.chunkOffset ? this.#cursor : { chunk: 0, chunkOffset: 0 };
    for (let done = 0; done < target.length;) {
      const bytes = this.#chunks[chunk];
      if (!bytes) return;
      const from = start + done - chunkOffset;
      if (from < bytes.length) {
        const part = bytes.subarray(from, from + target.length - done);
        target.set(part, done);
        done += part.length;
        this.#cursor = { chunk, chunkOffset };
      }
      if (done < target.length) {
        chunk += 1;
        chunkOffset += bytes.length;
      }
    }
  }

  clear(): void {
    this.#chunks.length = 0;
    this.length = 0;
    this.#consumed = 0;
    this.#cursor = { chunk: 0, chunkOffset: 0 };
  }
}
