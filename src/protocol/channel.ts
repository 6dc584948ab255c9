// Streams over one virtio-serial port: the page opens them, both sides send bytes, messages and an end. Every direction of every
// stream has a credit, so that neither side is ever sent more than it has said it will take: one flood of output cannot
// hold up another terminal, and nothing waits without bound. The worker (src/vm) and the agent (src/agent) both use this file.
import {
  encodeFrame,
  FRAME,
  FRAME_HEADER_BYTES,
  FrameReader,
  sealFrame,
  TO_GUEST_MAX_BYTES,
  TO_PAGE_MAX_BYTES,
} from './frame.ts';
import type { Frame, FrameType, Platform } from './frame.ts';

/** Credit that each direction of a stream starts with. Bigger gains nothing: a page turns it round in a few milliseconds. */
export const WINDOW_BYTES = 64 * 1024;

/** No stream: messages of the agent itself. */
const HELLO_STREAM = 0;

/** What a stream ends with. */
export type Outcome = { readonly result?: unknown; readonly error?: ChannelError };

/** An error that crosses the channel; `code` is the errno's name where the kernel gave one. */
export interface ChannelError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** What the owner of a stream's end wants to hear. */
export interface StreamListener {
  /** Bytes arrived; after they are used, grant() them (or set autoGrant). */
  data?(bytes: Uint8Array): void;
  /** The other side sends no more data. */
  end?(): void;
  message?(message: unknown): void;
  /** Credit came: more can be sent. */
  drain?(): void;
  /** Both directions are over. */
  close?(outcome: Outcome): void;
}

export class Stream {
  listener: StreamListener = {};
  /** Grant credit for bytes as soon as the listener has seen them. */
  autoGrant = true;
  closed = false;
  #credit = WINDOW_BYTES;
  #ungranted = 0;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #ending = false;
  #ended = false;

  constructor(
    private readonly channel: Channel,
    readonly id: number,
  ) {}

  /** Bytes given to send() that wait for credit. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }
  /** Bytes that can be sent at once. */
  get credit(): number {
    return this.closed ? 0 : this.#credit - this.#queuedBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.closed || this.#ending || bytes.byteLength === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
    this.#flush();
  }

  /** Sends data that stands at offset 12 of a buffer already (so it is not copied); at most `credit` bytes of it. */
  sendInPlace(buffer: Uint8Array): void {
    if (this.closed || this.#ending) return;
    this.#credit -= buffer.byteLength - FRAME_HEADER_BYTES;
    this.channel.seal(this.id, buffer);
  }

  /** No more data from this side, once what is queued has gone. */
  end(): void {
    if (this.closed || this.#ending) return;
    this.#ending = true;
    this.#flush();
  }

  message(message: unknown): void {
    if (!this.closed) this.channel.sendJson(FRAME.message, this.id, message);
  }

  /** Ends the stream in both directions; what is still queued is dropped. */
  close(outcome: Outcome = {}): void {
    if (this.closed) return;
    this.channel.sendJson(FRAME.close, this.id, outcome);
    this.#finish(outcome, false);
  }

  /** The receiver has used this many bytes: the sender may send as many more. */
  grant(bytes: number): void {
    this.#ungranted += bytes;
    if (this.closed || this.#ungranted < WINDOW_BYTES / 4) return;
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.#ungranted, true);
    this.#ungranted = 0;
    this.channel.sendFrame(FRAME.credit, this.id, payload);
  }

  /** For Channel. */
  receive(frame: Frame): void {
    switch (frame.type) {
      case FRAME.data:
        this.listener.data?.(frame.payload);
        if (this.autoGrant) this.grant(frame.payload.byteLength);
        return;
      case FRAME.credit:
        if (frame.payload.byteLength < 4) return;
        this.#credit += new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0, true);
        this.#flush();
        if (this.credit > 0) this.listener.drain?.();
        return;
      case FRAME.end:
        return this.listener.end?.();
      case FRAME.message:
        return this.listener.message?.(this.channel.json(frame.payload));
      case FRAME.close:
        return this.#finish((this.channel.json(frame.payload) as Outcome | undefined) ?? {}, true);
    }
  }

  /** For Channel: the port is gone. */
  lose(error: ChannelError): void {
    if (!this.closed) this.#finish({ error }, true);
  }

  #finish(outcome: Outcome, tell: boolean): void {
    this.closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.channel.forget(this.id);
    if (tell) this.listener.close?.(outcome);
  }

  #flush(): void {
    while (this.#credit > 0) {
      const first = this.#queue[0];
      if (!first) break;
      const part = first.subarray(0, Math.min(first.byteLength, this.#credit, this.channel.maxPayload));
      if (part.byteLength === first.byteLength) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.byteLength);
      this.#queuedBytes -= part.byteLength;
      this.#credit -= part.byteLength;
      this.channel.sendFrame(FRAME.data, this.id, part);
    }
    if (this.#queue.length > 0) return;
    if (this.#ending && !this.#ended && !this.closed) {
      this.#ended = true;
      this.channel.sendFrame(FRAME.end, this.id, new Uint8Array(0));
    }
  }
}

export interface ChannelOptions {
  readonly platform: Platform;
  readonly side: 'page' | 'guest';
  /** Sends one frame; the other side's driver has been seen to have a buffer for it, or it waits in order. */
  readonly write: (frame: Uint8Array) => void;
  /** Guest: a stream was opened with this request. */
  readonly accept?: (stream: Stream, request: unknown) => void;
  /** Page: the agent has (again) been started; streams of its predecessor are over. */
  readonly hello?: (greeting: unknown) => void;
}

export class Channel {
  readonly maxPayload: number;
  readonly reader: FrameReader;
  readonly #streams = new Map<number, Stream>();
  #lastId = 0;

  constructor(private readonly options: ChannelOptions) {
    const [out, back] =
      options.side === 'page' ? [TO_GUEST_MAX_BYTES, TO_PAGE_MAX_BYTES] : [TO_PAGE_MAX_BYTES, TO_GUEST_MAX_BYTES];
    this.maxPayload = out - FRAME_HEADER_BYTES;
    this.reader = new FrameReader(options.platform, back);
  }

  /** Bytes from the port. */
  receive(bytes: Uint8Array): void {
    for (const frame of this.reader.push(bytes)) {
      if (frame.type === FRAME.open) this.#accept(frame);
      else if (frame.stream === HELLO_STREAM) this.#greeted(frame);
      else this.#streams.get(frame.stream)?.receive(frame);
    }
  }

  /** Page: opens a stream. Ids are used again only when 65,535 others have been. */
  open(request: unknown, listener: StreamListener): Stream {
    do this.#lastId = (this.#lastId % 0xffff) + 1;
    while (this.#streams.has(this.#lastId));
    const stream = new Stream(this, this.#lastId);
    stream.listener = listener;
    this.#streams.set(stream.id, stream);
    this.sendJson(FRAME.open, stream.id, request);
    return stream;
  }

  /** Every stream ends with this error: the machine is going, or the agent was started again. */
  lose(error: ChannelError): void {
    for (const stream of [...this.#streams.values()]) stream.lose(error);
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /** A payload as JSON; undefined if it is not. */
  json(payload: Uint8Array): unknown {
    try {
      return payload.byteLength === 0 ? undefined : JSON.parse(this.options.platform.utf8Decode(payload));
    } catch {
      this.reader.badFrames++;
      return undefined;
    }
  }

  sendJson(type: FrameType, id: number, value: unknown): void {
    const payload = this.options.platform.utf8Encode(JSON.stringify(value));
    if (payload.byteLength > this.maxPayload)
      throw new RangeError(`a message of ${payload.byteLength} bytes does not fit a frame`);
    this.sendFrame(type, id, payload);
  }

  sendFrame(type: FrameType, id: number, payload: Uint8Array): void {
    this.options.write(encodeFrame(this.options.platform, type, id, payload));
  }

  /** For Stream. */
  seal(id: number, buffer: Uint8Array): void {
    sealFrame(this.options.platform, FRAME.data, id, buffer);
    this.options.write(buffer);
  }

  /** Guest: the agent is up; the page drops what it believed to be open. */
  greet(greeting: unknown): void {
    this.sendJson(FRAME.message, HELLO_STREAM, greeting);
  }

  forget(id: number): void {
    this.#streams.delete(id);
  }

  #greeted(frame: Frame): void {
    const greeting = this.json(frame.payload);
    this.lose({ name: 'ChannelError', message: 'the agent was started again', code: 'ECONNRESET' });
    this.options.hello?.(greeting);
  }

  #accept(frame: Frame): void {
    const request = this.json(frame.payload);
    if (request === undefined || !this.options.accept) return;
    // The page came back after a loss and counts anew: what had this number is over.
    this.#streams.get(frame.stream)?.lose({ name: 'ChannelError', message: 'the stream was opened again' });
    const stream = new Stream(this, frame.stream);
    this.#streams.set(stream.id, stream);
    this.options.accept(stream, request);
  }
}
