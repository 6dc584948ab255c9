// A connection as its user sees it: read, write, half-close. A stream of the control channel (a Unix socket in the guest) has
// the same face here as TCP through the network card (net/tcp/stream.ts), so that one HTTP client and one proxy serve both.
import { WINDOW_BYTES, type Stream, type StreamListener } from '../protocol/channel.ts';
import { GuestError } from './guest-error.ts';

export interface ByteStream {
  /** The next bytes; null after the other side's end. Not reading is the backpressure. */
  read(): Promise<Uint8Array | null>;
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more bytes from here; reading goes on. */
  end(): void;
  abort(): void;
  /** Settles when it is over, with the error if there was one. Never rejects. */
  readonly closed: Promise<Error | undefined>;
}

/** Wraps a stream of the control channel. */
export function openByteStream(open: (listener: StreamListener) => Stream): ByteStream {
  const arrived: Uint8Array[] = [];
  const [readers, writers]: [(() => void)[], (() => void)[]] = [[], []];
  const wake = (waiting: (() => void)[]): void => waiting.splice(0).forEach((call) => call());
  let [ended, over] = [false, false];
  let failure: Error | undefined;
  let settle: (error: Error | undefined) => void = () => undefined;
  const closed = new Promise<Error | undefined>((resolve) => (settle = resolve));
  const stream = open({
    data: (bytes) => {
      arrived.push(bytes);
      wake(readers);
    },
    end: () => {
      ended = true;
      wake(readers);
    },
    drain: () => wake(writers),
    close: ({ error }) => {
      over = ended = true;
      failure = error && new GuestError(error);
      wake(readers);
      wake(writers);
      settle(failure);
    },
  });
  stream.autoGrant = false;
  return {
    closed,
    async read() {
      while (arrived.length === 0 && !ended) await new Promise<void>((resolve) => readers.push(resolve));
      const bytes = arrived.shift();
      if (bytes) stream.grant(bytes.byteLength);
      else if (failure) throw failure;
      return bytes ?? null;
    },
    async write(bytes) {
      if (over) throw failure ?? new GuestError({ name: 'ChannelError', message: 'broken pipe', code: 'EPIPE' });
      stream.send(bytes);
      while (!over && stream.queuedBytes > WINDOW_BYTES) await new Promise<void>((resolve) => writers.push(resolve));
    },
    end: () => stream.end(),
    abort() {
      over = ended = true;
      stream.close();
      wake(readers);
      wake(writers);
      settle(undefined);
    },
  };
}
