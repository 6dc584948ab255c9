// Frames of the control channel: what the page's worker and the guest's agent say to one another over a virtio-serial port.
// A frame is   magic D0 C8 · u8 type · u8 0 · u16 stream · u16 length · u32 crc32 · payload   (little endian);
// the checksum covers the eight bytes before it and the payload. Used by channel.ts on both sides.

export const FRAME_HEADER_BYTES = 12;

/** What fits one buffer of the guest's virtio-serial driver, which queues pages: the page's side never sends more at once. */
export const TO_GUEST_MAX_BYTES = 4096;

/** The guest's driver takes at most 32 KiB in one write(2). */
export const TO_PAGE_MAX_BYTES = 32768;

export const FRAME = {
  /** Page to guest: open a stream; payload JSON, the request. */
  open: 1,
  data: 2,
  /** Receiver to sender: u32 more bytes may come. */
  credit: 3,
  /** Sender will send no more data; the other direction stays open. */
  end: 4,
  /** The stream is over; payload JSON: {result} or {error}. */
  close: 5,
  /** A small JSON message that belongs to the stream, outside its byte flow. */
  message: 6,
} as const;

export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** What the two sides do differently: the guest has C for these, the page has the browser. */
export interface Platform {
  utf8Encode(text: string): Uint8Array;
  utf8Decode(bytes: Uint8Array): string;
  /** CRC-32 as in gzip; seed is the result for the bytes before. */
  crc32(bytes: Uint8Array, seed: number): number;
}

const MAGIC_0 = 0xd0;
const MAGIC_1 = 0xc8;

/** One frame as bytes. */
export function encodeFrame(platform: Platform, type: FrameType, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.byteLength);
  bytes.set(payload, FRAME_HEADER_BYTES);
  sealFrame(platform, type, stream, bytes);
  return bytes;
}

/** Writes the header in front of a payload that already stands at offset 12 of bytes. */
export function sealFrame(platform: Platform, type: FrameType, stream: number, bytes: Uint8Array): void {
  const length = bytes.byteLength - FRAME_HEADER_BYTES;
  bytes[0] = MAGIC_0;
  bytes[1] = MAGIC_1;
  bytes[2] = type;
  bytes[3] = 0;
  bytes[4] = stream & 0xff;
  bytes[5] = stream >> 8;
  bytes[6] = length & 0xff;
  bytes[7] = length >> 8;
  const crc = checksum(platform, bytes, FRAME_HEADER_BYTES, length);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(8, crc, true);
}

function checksum(platform: Platform, bytes: Uint8Array, payloadAt: number, length: number): number {
  const head = platform.crc32(bytes.subarray(payloadAt - FRAME_HEADER_BYTES, payloadAt - 4), 0);
  return platform.crc32(bytes.subarray(payloadAt, payloadAt + length), head) >>> 0;
}

/** Cuts a byte flow into frames. Bytes that are no good frame are counted and skipped up to the next one; nothing is thrown. */
export class FrameReader {
  /** Bytes skipped because they were no good frame. */
  lostBytes = 0;
  /** Frames whose checksum was wrong. */
  badFrames = 0;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly platform: Platform,
    private readonly maxBytes: number,
  ) {}

  /** Payloads of the frames returned lie in the bytes given (or in a copy that is not used again). */
  push(bytes: Uint8Array): Frame[] {
    let all = bytes;
    if (this.#rest.byteLength > 0) {
      all = new Uint8Array(this.#rest.byteLength + bytes.byteLength);
      all.set(this.#rest);
      all.set(bytes, this.#rest.byteLength);
    }
    const frames: Frame[] = [];
    let at = 0;
    while (all.byteLength - at >= FRAME_HEADER_BYTES) {
      const length = (all[at + 6] as number) | ((all[at + 7] as number) << 8);
      if (all[at] !== MAGIC_0 || all[at + 1] !== MAGIC_1 || length > this.maxBytes - FRAME_HEADER_BYTES) {
        at = this.#skip(all, at);
        continue;
      }
      const payloadAt = at + FRAME_HEADER_BYTES;
      if (all.byteLength < payloadAt + length) break;
      const crc = new DataView(all.buffer, all.byteOffset + at).getUint32(8, true);
      if (crc !== checksum(this.platform, all, payloadAt, length)) {
        this.badFrames++;
        at = this.#skip(all, at);
        continue;
      }
      const stream = (all[at + 4] as number) | ((all[at + 5] as number) << 8);
      frames.push({ type: all[at + 2] as number, stream, payload: all.subarray(payloadAt, payloadAt + length) });
      at = payloadAt + length;
    }
    this.#rest = all.slice(at);
    return frames;
  }

  /** The next place after `at` where a frame may begin. */
  #skip(all: Uint8Array, at: number): number {
    const next = all.indexOf(MAGIC_0, at + 1);
    const to = next < 0 ? all.byteLength : next;
    this.lostBytes += to - at;
    return to;
  }
}
