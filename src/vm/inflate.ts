// DEFLATE's decoder (RFC 1951) for the machine's accelerator. It keeps nothing itself: where it is in a stream stands in a small state that
// the caller keeps, so that any piece of input and of room can follow. It stops only between symbols, and a symbol that the input cuts off
// is not taken: its bytes are to be given again with what follows them.

export const STATE_BYTES = 336;
/** No step starts with less room: the longest match. */
export const LEAST_ROOM = 258;
/** Zeros that must follow the input, for reads of whole words. */
export const PADDING = 16;
export const STATUS = { more: 0, end: 1, broken: 2 } as const;

/** Bytes of the state: bits taken of the next input byte, kind of block, whether it is the last, bytes left of a stored one, code lengths. */
const AT = { bit: 0, block: 1, last: 2, left: 4, lengths: 16 } as const;
const BLOCK = { none: 0, stored: 1, coded: 2 } as const;
const LITERALS = 288;
const DISTANCES = 32;
const MOST_BITS = 15;
const STARVED = -1;
const BROKEN = -2;

const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const LENGTH_BASE = Uint16Array.from(LENGTH_EXTRA, (_, i) => (i === 28 ? 258 : sumOf(LENGTH_EXTRA, i) + 3));
const DISTANCE_BASE = Uint16Array.from(DISTANCE_EXTRA, (_, i) => sumOf(DISTANCE_EXTRA, i) + 1);
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function sumOf(extra: readonly number[], end: number): number {
  return extra.slice(0, end).reduce((sum, bits) => sum + (1 << bits), 0);
}

/** A prefix code: the next `bits` bits of input, lowest first, name a symbol (times 16) and its length; 0 if no symbol has this code. */
class Code {
  readonly table = new Uint16Array(1 << MOST_BITS);
  bits = 0;

  /** False if the lengths are those of no prefix code. 3.2.2 */
  build(lengths: Uint8Array): boolean {
    const count = new Uint16Array(MOST_BITS + 1);
    for (const length of lengths) {
      if (length > MOST_BITS) return false;
      count[length] = (count[length] as number) + 1;
    }
    count[0] = 0;
    const next = new Uint16Array(MOST_BITS + 2);
    this.bits = 1;
    for (let bits = 1; bits <= MOST_BITS; bits++) {
      const used = (next[bits] as number) + (count[bits] as number);
      if (used > 1 << bits) return false;
      if (count[bits]) this.bits = bits;
      next[bits + 1] = used << 1;
    }
    this.table.fill(0, 0, 1 << this.bits);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] as number;
      if (length === 0) continue;
      let code = next[length] as number;
      next[length] = code + 1;
      let reversed = 0;
      for (let i = 0; i < length; i++, code >>= 1) reversed = (reversed << 1) | (code & 1);
      for (let i = reversed; i < 1 << this.bits; i += 1 << length) this.table[i] = (symbol << 4) | length;
    }
    return true;
  }
}

const literals = new Code();
const distances = new Code();
const lengthCode = new Code();

export interface Step {
  /** Whole bytes of input that are done with. */
  readonly consumed: number;
  /** Bytes written from `at` on. */
  readonly produced: number;
  readonly status: number;
}

/**
 * Goes on with a stream. `input` has PADDING zeros beyond its `length` bytes; what was made before lies in `output` from `first` to
 * `at`, and there is room from `at` to `end`. With the status "more", either the input or (less than LEAST_ROOM is left) the room is used up.
 */
export function inflate(
  state: Uint8Array,
  input: DataView,
  length: number,
  output: Uint8Array,
  first: number,
  at: number,
  end: number,
): Step {
  const view = new DataView(state.buffer, state.byteOffset, STATE_BYTES);
  let p = (state[AT.bit] as number) & 7;
  let o = at;
  let status: number = STATUS.more;
  let built = false;
  for (;;) {
    if (state[AT.block] === BLOCK.none) {
      if (state[AT.last]) {
        p = (p + 7) & ~7;
        status = STATUS.end;
        break;
      }
      const after = blockHeader(state, view, input, length * 8, p);
      if (after < 0) {
        if (after === BROKEN) status = STATUS.broken;
        break;
      }
      p = after;
      built = false;
      continue;
    }
    if (state[AT.block] === BLOCK.stored) {
      const left = view.getUint32(AT.left, true);
      const size = Math.min(left, length - (p >> 3), end - o);
      output.set(new Uint8Array(input.buffer, input.byteOffset + (p >> 3), size), o);
      o += size;
      p += size * 8;
      view.setUint32(AT.left, left - size, true);
      if (size < left) break;
      state[AT.block] = BLOCK.none;
      continue;
    }
    if (!built) {
      const lengths = state.subarray(AT.lengths, AT.lengths + LITERALS + DISTANCES);
      built = literals.build(lengths.subarray(0, LITERALS)) && distances.build(lengths.subarray(LITERALS));
      if (!built) {
        status = STATUS.broken;
        break;
      }
    }
    const result = symbols(input, length * 8, p, output, first, o, end);
    p = bitPosition;
    o = result < 0 ? o : result;
    if (result === BROKEN) status = STATUS.broken;
    if (result < 0 || !blockEnded) break;
    state[AT.block] = BLOCK.none;
  }
  state[AT.bit] = p & 7;
  return { consumed: p >> 3, produced: o - at, status };
}

/** Where `symbols` stopped, beside its result. */
let bitPosition = 0;
let blockEnded = false;

/** Symbols of a block up to its end, the input's, or the room's: where the output then ends, or BROKEN. 3.2.5 */
function symbols(
  input: DataView,
  inputBits: number,
  from: number,
  output: Uint8Array,
  first: number,
  at: number,
  end: number,
): number {
  const [literal, distance] = [literals.table, distances.table];
  const literalMask = (1 << literals.bits) - 1;
  const distanceMask = (1 << distances.bits) - 1;
  const most = end - LEAST_ROOM;
  let p = from | 0;
  let o = at | 0;
  blockEnded = false;
  while (o <= most) {
    const bits = input.getUint32(p >> 3, true) >>> (p & 7);
    const entry = literal[bits & literalMask] as number;
    const size = entry & 15;
    const symbol = entry >> 4;
    let q = (p + size) | 0;
    if (q > inputBits) break;
    if (symbol < 256) {
      if (size === 0) return broken(p);
      output[o++] = symbol;
      p = q;
      continue;
    }
    if (symbol === 256) {
      p = q;
      blockEnded = true;
      break;
    }
    const which = symbol - 257;
    if (which > 28) return broken(p);
    const extra = LENGTH_EXTRA[which] as number;
    const count = (LENGTH_BASE[which] as number) + ((bits >>> size) & ((1 << extra) - 1));
    q += extra;
    const far = distance[(input.getUint32(q >> 3, true) >>> (q & 7)) & distanceMask] as number;
    q += far & 15;
    const slot = far >> 4;
    if (far === 0 || slot > 29) {
      if (q + MOST_BITS > inputBits) break;
      return broken(p);
    }
    const farExtra = DISTANCE_EXTRA[slot] as number;
    const back =
      (DISTANCE_BASE[slot] as number) + ((input.getUint32(q >> 3, true) >>> (q & 7)) & ((1 << farExtra) - 1));
    q += farExtra;
    if (q > inputBits) break;
    if (o - back < first) return broken(p);
    for (let i = 0; i < count; i++, o++) output[o] = output[o - back] as number;
    p = q;
  }
  bitPosition = p;
  return o;
}

function broken(p: number): number {
  bitPosition = p;
  return BROKEN;
}

/** Reads a block's head into the state: the position after it, STARVED if the input ends before, or BROKEN. 3.2.3 */
function blockHeader(state: Uint8Array, view: DataView, input: DataView, inputBits: number, from: number): number {
  const peek = (p: number, bits: number): number => (input.getUint32(p >> 3, true) >>> (p & 7)) & ((1 << bits) - 1);
  if (from + 3 > inputBits) return STARVED;
  const last = peek(from, 1);
  const type = peek(from + 1, 2);
  let p = from + 3;
  const done = (block: number): number => {
    state[AT.last] = last;
    state[AT.block] = block;
    return p;
  };
  if (type === 0) {
    p = (p + 7) & ~7;
    if (p + 32 > inputBits) return STARVED;
    const size = peek(p, 16);
    if (size !== (~peek(p + 16, 16) & 0xffff)) return BROKEN;
    p += 32;
    view.setUint32(AT.left, size, true);
    return done(BLOCK.stored);
  }
  if (type === 3) return BROKEN;
  const lengths = new Uint8Array(LITERALS + DISTANCES);
  if (type === 1) {
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288).fill(5, 288);
  } else {
    if (p + 14 > inputBits) return STARVED;
    const [literalCount, distanceCount, codeCount] = [peek(p, 5) + 257, peek(p + 5, 5) + 1, peek(p + 10, 4) + 4];
    p += 14;
    if (p + codeCount * 3 > inputBits) return STARVED;
    const codes = new Uint8Array(19);
    for (let i = 0; i < codeCount; i++, p += 3) codes[ORDER[i] as number] = peek(p, 3);
    if (!lengthCode.build(codes) || literalCount > 286) return BROKEN;
    const all: number[] = [];
    while (all.length < literalCount + distanceCount) {
      if (p >= inputBits) return STARVED;
      const entry = lengthCode.table[peek(p, lengthCode.bits)] as number;
      if (entry === 0) return p + 7 > inputBits ? STARVED : BROKEN;
      p += entry & 15;
      const symbol = entry >> 4;
      if (symbol < 16) {
        all.push(symbol);
        continue;
      }
      const [bits, least] = symbol === 16 ? [2, 3] : symbol === 17 ? [3, 3] : [7, 11];
      const before = symbol === 16 ? all.at(-1) : 0;
      const times = peek(p, bits) + least;
      p += bits;
      if (before === undefined) return BROKEN;
      for (let i = 0; i < times; i++) all.push(before);
    }
    if (p > inputBits) return STARVED;
    if (all.length > literalCount + distanceCount || all[256] === 0) return BROKEN;
    lengths.set(all.slice(0, literalCount));
    lengths.set(all.slice(literalCount), LITERALS);
  }
  state.set(lengths, AT.lengths);
  return done(BLOCK.coded);
}
