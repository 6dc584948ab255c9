// What a user of TCP holds: a two-way byte stream with backpressure both ways, and the errors it may end with.
import type { Ipv4Address } from '../../../protocol/net/ipv4.ts';

export interface TcpEndpoint {
  readonly address: Ipv4Address;
  readonly port: number;
}

export interface TcpStream {
  readonly local: TcpEndpoint;
  readonly remote: TcpEndpoint;
  /** The next bytes in order; null after the peer's FIN. Not reading closes the receive window: that is the backpressure. */
  read(): Promise<Uint8Array | null>;
  /** Resolves when there is room for more. The bytes are sent from where they lie: leave them unchanged. */
  write(bytes: Uint8Array): Promise<void>;
  /** Half-close: FIN after all that was written; reading goes on. */
  end(): void;
  /** Drop the connection with RST. */
  abort(): void;
  /** Settles when the connection is over, with the error if there was one. Never rejects. */
  readonly closed: Promise<TcpError | undefined>;
}

export type TcpErrorCode = 'ECONNREFUSED' | 'ECONNRESET' | 'ECONNABORTED' | 'ETIMEDOUT' | 'EHOSTUNREACH' | 'EPIPE';

const WORDS: Record<TcpErrorCode, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ECONNABORTED: 'connection aborted',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to host',
  EPIPE: 'broken pipe',
};

export class TcpError extends Error {
  override readonly name = 'TcpError';

  constructor(readonly code: TcpErrorCode) {
    super(WORDS[code]);
  }
}
