// Segments that came too early, in order, until the hole before them is filled (RFC 9293 section 3.10.7.4, "seventh").
import { advance, before, distance } from './sequence.ts';

interface Early {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** More pieces than this means that someone sends crumbs; they are dropped and come again. */
const PIECES_MAX = 4096;

export class Reassembly {
  readonly #pieces: Early[] = [];

  get empty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Keep a piece; what overlaps is sorted out when it is taken. */
  add(seq: number, bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#pieces.length >= PIECES_MAX) return;
    let at = this.#pieces.length;
    while (at > 0 && before(seq, this.#pieces[at - 1]?.seq ?? seq)) at -= 1;
    const previous = this.#pieces[at - 1];
    if (previous && distance(seq, advance(previous.seq, previous.bytes.length)) >= bytes.length) return;
    this.#pieces.splice(at, 0, { seq, bytes });
  }

  /** The next piece that continues at `next`, cut to what is new; undefined while there is a hole. */
  take(next: number): Uint8Array | undefined {
    for (let piece = this.#pieces[0]; piece; piece = this.#pieces[0]) {
      const known = distance(piece.seq, next);
      if (known < 0) return undefined;
      this.#pieces.shift();
      if (known < piece.bytes.length) return piece.bytes.subarray(known);
    }
    return undefined;
  }
}
