// A container's streams on the wire: with a terminal they are raw, without one each piece has an 8-byte head
// {stream, 0, 0, 0, length big-endian} (application/vnd.docker.multiplexed-stream).
import type { ByteReader, ByteWriter } from '../loop/index.ts';

const HEAD_BYTES = 8;

/** Split a multiplexed stream onto two writers until it ends. What comes together for one of them is written together. */
export async function copyMultiplexed(body: ByteReader, stdout: ByteWriter, stderr: ByteWriter): Promise<void> {
  const head = new Uint8Array(HEAD_BYTES);
  const headView = new DataView(head.buffer);
  let filled = 0;
  let left = 0;
  let stream = stdout;
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const end = bytes.length;
    // Contents are moved together in place: those before `put` are for `stream` and not written yet.
    let put = 0;
    for (let at = 0; at < end;) {
      if (left === 0) {
        let to = bytes[at] === 2 ? stderr : stdout;
        if (filled === 0 && at + HEAD_BYTES <= end) {
          left = view.getUint32(at + 4);
          at += HEAD_BYTES;
        } else {
          while (filled < HEAD_BYTES && at < end) head[filled++] = bytes[at++] as number;
          if (filled < HEAD_BYTES) break;
          filled = 0;
          left = headView.getUint32(4);
          to = head[0] === 2 ? stderr : stdout;
        }
        if (to !== stream && put > 0) {
          await stream.write(bytes.slice(0, put));
          put = 0;
        }
        stream = to;
      }
      const next = at + left < end ? at + left : end;
      bytes.copyWithin(put, at, next);
      put += next - at;
      left -= next - at;
      at = next;
    }
    if (put > 0) await stream.write(bytes.subarray(0, put));
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
