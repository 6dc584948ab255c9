// Segments that came too early, in order, until the hole before them is filled (RFC 9293 section 3.10.7.4, "seventh").
import type { SackBlock } from '../../../protocol/net/tcp.ts';
import { advance, after, before, distance } from './sequence.ts';

interface Early {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** When it came, as a count of pieces. */
  readonly order: number;
}

/** More pieces than this means that someone sends crumbs; they are dropped and come again. */
const PIECES_MAX = 4096;

export class Reassembly {
  readonly #pieces: Early[] = [];
  #arrived = 0;

  get empty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Keep a piece; what overlaps is sorted out when it is taken. False if all of it was here already. */
  add(seq: number, bytes: Uint8Array): boolean {
    if (bytes.length === 0 || this.#pieces.length >= PIECES_MAX) return true;
    let at = this.#pieces.length;
    while (at > 0 && before(seq, this.#pieces[at - 1]?.seq ?? seq)) at -= 1;
    const previous = this.#pieces[at - 1];
    if (previous && distance(seq, advance(previous.seq, previous.bytes.length)) >= bytes.length) return false;
    this.#pieces.splice(at, 0, { seq, bytes, order: this.#arrived++ });
    return true;
  }

  /** The stretches that are here, at most `count`, that with the newest piece first (RFC 2018 section 4). */
  blocks(count: number): SackBlock[] {
    const found: { from: number; end: number; order: number }[] = [];
    for (const { seq, bytes, order } of this.#pieces) {
      const end = advance(seq, bytes.length);
      const last = found.at(-1);
      if (!last || after(seq, last.end)) found.push({ from: seq, end, order });
      else {
        if (after(end, last.end)) last.end = end;
        last.order = Math.max(last.order, order);
      }
    }
    found.sort((a, b) => b.order - a.order);
    return found.slice(0, count).map(({ from, end }) => ({ from, end }));
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
