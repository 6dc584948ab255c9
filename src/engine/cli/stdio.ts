// A container's streams on the wire: with a terminal they are raw, without one each piece has an 8-byte head
// {stream, 0, 0, 0, length big-endian} (application/vnd.docker.multiplexed-stream).
import type { ByteReader, ByteWriter } from '../loop/index.ts';

/** Split a multiplexed stream onto two writers until it ends. */
export async function copyMultiplexed(body: ByteReader, stdout: ByteWriter, stderr: ByteWriter): Promise<void> {
  const head = new Uint8Array(8);
  let filled = 0;
  let left = 0;
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) {
    let at = 0;
    while (at < bytes.length) {
      if (left === 0) {
        while (filled < 8 && at < bytes.length) head[filled++] = bytes[at++] ?? 0;
        if (filled < 8) break;
        left = new DataView(head.buffer).getUint32(4);
        filled = left === 0 ? 0 : 8;
        continue;
      }
      const piece = bytes.subarray(at, at + left);
      await (head[0] === 2 ? stderr : stdout).write(piece);
      at += piece.length;
      left -= piece.length;
      if (left === 0) filled = 0;
    }
  }
}

/** Watches what is typed for the detach keys (ctrl-p ctrl-q unless told otherwise). */
export class DetachKeys {
  readonly #keys: readonly number[];
  #matched = 0;

  /** `text` is Docker's syntax: `ctrl-p,ctrl-q`, or single characters. */
  constructor(text: string) {
    const keys = (text === '' ? 'ctrl-p,ctrl-q' : text).split(',');
    this.#keys = keys.map((key) => (key.startsWith('ctrl-') ? key.charCodeAt(5) & 0x1f : key.charCodeAt(0)));
  }

  /** What of these bytes goes to the container; `detached` once the whole sequence was typed. */
  filter(bytes: Uint8Array): { pass: Uint8Array; detached: boolean } {
    const pass: number[] = [];
    for (const byte of bytes) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.length) return { pass: Uint8Array.from(pass), detached: true };
        continue;
      }
      pass.push(...this.#keys.slice(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) pass.push(byte);
    }
    return { pass: Uint8Array.from(pass), detached: false };
  }
}
