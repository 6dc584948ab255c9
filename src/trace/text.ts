// UTF-8. Every platform that this layer runs on (worker, Node) has TextDecoder, but it is in no library of the compiler's here.
const { TextDecoder } = globalThis as unknown as { TextDecoder: new () => { decode(bytes: Uint8Array): string } };
const decoder = new TextDecoder();

/** Bytes that are not UTF-8 become U+FFFD. */
export const utf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Text up to its NUL. */
export function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8(end < 0 ? bytes : bytes.subarray(0, end));
}
