// Text and bytes, done in C because the guest's JS loops are a thousand times slower: UTF-8, Latin-1, base64, hex, search, checksums.

import { native, type InflateState, type Sha256State } from './native.ts';
import { checked } from './error.ts';
import { closeQuietly, open } from './file.ts';

export const utf8Encode = (text: string): Uint8Array<ArrayBuffer> => native.utf8Encode(text);
/** Malformed sequences become U+FFFD. */
export const utf8Decode = (bytes: Uint8Array): string => native.utf8Decode(bytes);
/** Bytes that utf8Encode() would make of the text. */
export const utf8Length = (text: string): number => native.utf8Length(text);
export const latin1Encode = (text: string): Uint8Array<ArrayBuffer> => native.latin1Encode(text);
export const latin1Decode = (bytes: Uint8Array): string => native.latin1Decode(bytes);
export const base64Encode = (bytes: Uint8Array): string => native.base64Encode(bytes);
/** Standard or URL alphabet, with or without padding; null if malformed. */
export const base64Decode = (text: string): Uint8Array<ArrayBuffer> | null => native.base64Decode(text);
export const hexEncode = (bytes: Uint8Array): string => native.hexEncode(bytes);
/** Index of needle at or after from, or -1. */
export const indexOf = (bytes: Uint8Array, needle: Uint8Array | string, from = 0): number =>
  native.indexOf(bytes, needle, from);
export const crc32 = (bytes: Uint8Array, seed = 0): number => native.crc32(bytes, seed);

/** One buffer of several. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.byteLength;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** Incremental sha256. */
export class Sha256 {
  readonly #state: Sha256State = native.sha256();
  update(data: Uint8Array | string): this {
    native.sha256Update(this.#state, typeof data === 'string' ? native.utf8Encode(data) : data);
    return this;
  }
  /** Hashes up to limitBytes from fd: bytes read, 0 at the end. Call it again from the event loop for a big file. */
  updateFromFd(fd: number, limitBytes = 256 * 1024): number {
    return checked('read', [fd], native.sha256UpdateFd(this.#state, fd, limitBytes));
  }
  hex(): string {
    return native.sha256Hex(this.#state);
  }
}

/** sha256 in hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return new Sha256().update(data).hex();
}

/** An OCI digest: "sha256:…". */
export function sha256Digest(data: Uint8Array | string): string {
  return `sha256:${sha256Hex(data)}`;
}

/** sha256 of a file in hex, in one go. */
export function sha256File(path: string): string {
  const fd = open(path, 0);
  try {
    const hash = new Sha256();
    while (hash.updateFromFd(fd, 1 << 20) > 0);
    return hash.hex();
  } finally {
    closeQuietly(fd);
  }
}

/** Incremental decoder of gzip and zstd; what is neither passes through unchanged. */
export class Inflate {
  readonly #state: InflateState = native.inflate();
  /** Decoded bytes for this input. Throws EBADMSG if it is corrupt. */
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    return checked('inflate', [bytes], native.inflatePush(this.#state, bytes));
  }
}

/** Decodes fdIn (gzip, zstd, or neither) to its end into fdOut, blocking. Throws EBADMSG if it is corrupt or cut off. */
export function inflateFile(fdIn: number, fdOut: number): void {
  checked('inflate', [fdIn, fdOut], native.inflateFd(fdIn, fdOut));
}

/** gzip of fdIn (to its end) to fdOut, blocking: bytes written. */
export function gzip(fdIn: number, fdOut: number, level = 1): number {
  return checked('gzip', [fdIn, fdOut], native.gzipFd(fdIn, fdOut, level));
}
