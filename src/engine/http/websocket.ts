// The server's half of a WebSocket, for GET /containers/{id}/attach/ws: what a browser speaks instead of a hijacked
// connection. https://www.rfc-editor.org/rfc/rfc6455
import type { ByteReader, ByteWriter } from '../loop/index.ts';
import { base64Encode, concat, utf8Encode } from '../sys/index.ts';
import { sha1 } from './sha1.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A client that sends more at once is not one that types. */
const MAX_FRAME_BYTES = 1024 * 1024;

const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const STATUS = { normal: 1000, protocolError: 1002, tooBig: 1009 } as const;

interface Connection extends ByteReader, ByteWriter {
  close(): void;
}

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key. */
export function acceptKey(key: string): string {
  return base64Encode(sha1(utf8Encode(key + GUID)));
}

/** A connection whose bytes travel in WebSocket messages; what they say of themselves (ping, close) is answered here. */
export class WebSocketConnection implements Connection {
  private pending: Uint8Array = new Uint8Array();
  private closing = false;
  private writing = Promise.resolve();

  constructor(private readonly connection: Connection) {}

  /** The payload of the next message, or null when the client is done. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const head = await this.take(2);
      if (!head) return null;
      const [first = 0, second = 0] = head;
      const opcode = first & 0x0f;
      const length = await this.frameLength(second & 0x7f);
      // RFC 6455 5.1: a client masks all that it sends.
      if (length === undefined || (second & 0x80) === 0) return this.bye(STATUS.protocolError);
      if (length > MAX_FRAME_BYTES) return this.bye(STATUS.tooBig);
      const mask = await this.take(4);
      const masked = mask && (await this.take(length));
      if (!masked) return null;
      const payload = masked.map((byte, i) => byte ^ (mask[i & 3] ?? 0));
      if (opcode === OPCODE.close) return this.bye(STATUS.normal);
      if (opcode === OPCODE.ping) await this.send(OPCODE.pong, payload);
      else if (opcode <= OPCODE.binary && length > 0) return payload;
    }
  }

  /** As one binary message. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.send(OPCODE.binary, bytes);
  }

  async end(): Promise<void> {
    await this.bye(STATUS.normal);
  }

  /** Says good-bye, then closes the connection. */
  close(): void {
    void this.bye(STATUS.normal).finally(() => this.connection.close());
  }

  private async bye(status: number): Promise<null> {
    if (this.closing) return null;
    this.closing = true;
    try {
      await this.put(frame(OPCODE.close, Uint8Array.of(status >> 8, status & 0xff)));
    } catch {
      // It is gone already.
    }
    return null;
  }

  private async send(opcode: number, payload: Uint8Array): Promise<void> {
    if (!this.closing) await this.put(frame(opcode, payload));
  }

  /** An answer to a ping waits for the output before it, and the other way round. */
  private put(bytes: Uint8Array): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(() => this.connection.write(bytes));
    return this.writing;
  }

  private async frameLength(short: number): Promise<number | undefined> {
    if (short < 126) return short;
    const bytes = await this.take(short === 126 ? 2 : 8);
    return bytes?.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** So many bytes, or undefined if the connection ends before. */
  private async take(count: number): Promise<Uint8Array | undefined> {
    while (this.pending.length < count) {
      const more = await this.connection.read();
      if (!more) return undefined;
      this.pending = this.pending.length === 0 ? more : concat([this.pending, more]);
    }
    const taken = this.pending.slice(0, count);
    this.pending = this.pending.slice(count);
    return taken;
  }
}

function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = [0x80 | opcode];
  if (length < 126) head.push(length);
  else if (length < 0x10000) head.push(126, length >> 8, length & 0xff);
  else head.push(127, 0, 0, 0, 0, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
  return concat([Uint8Array.from(head), payload]);
}
