// v86 runs guest code by an interpreter until so many instructions were done in a page, then translates the page to a WebAssembly
// module. How many is a constant in its program; docs/decisions/speed.md ("Cold code") says what other figures give.

const PUBLISHED_THRESHOLD = 200_000;
/** Guest instructions in a page before it is worth translating. */
export const THRESHOLD = 1_000_000;

/** v86's program with our threshold in the published one's place. Throws if that does not stand there exactly once. */
export function withThreshold(wasm: Uint8Array<ArrayBuffer>, threshold = THRESHOLD): Uint8Array<ArrayBuffer> {
  return withConstant(wasm, PUBLISHED_THRESHOLD, threshold);
}

/** The program with another number where it loads this one. Throws if it loads that not exactly once, or if the other has no room. */
export function withConstant(wasm: Uint8Array<ArrayBuffer>, published: number, ours: number): Uint8Array<ArrayBuffer> {
  const instruction = i32Const(published);
  const places = findAll(wasm, instruction);
  const [place] = places;
  if (place === undefined || places.length > 1)
    throw new Error(`v86.wasm: ${published} stands at ${places.length} places; another version of v86?`);
  const replacement = i32Const(ours, instruction.length);
  if (replacement.length > instruction.length) throw new RangeError(`v86.wasm: no room for ${ours}`);
  const changed = wasm.slice();
  changed.set(replacement, place);
  return changed;
}

/** The instruction `i32.const n`: its opcode and n as signed LEB128, of at least so many bytes. WebAssembly specification, 5.2.2 and 5.4.7 */
function i32Const(n: number, length = 0): number[] {
  const bytes = [0x41];
  for (let rest = n; ; rest >>= 7) {
    const low = rest & 0x7f;
    const isLast = rest >> 6 === 0 || rest >> 6 === -1;
    bytes.push(isLast && bytes.length + 1 >= length ? low : low | 0x80);
    if (isLast && bytes.length >= length) return bytes;
  }
}

function findAll(bytes: Uint8Array, wanted: readonly number[]): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(wanted[0] ?? 0); at >= 0; at = bytes.indexOf(wanted[0] ?? 0, at + 1))
    if (wanted.every((byte, i) => bytes[at + i] === byte)) places.push(at);
  return places;
}
