// Byte streams of whatever make (the page's TCP, a Node socket), and how two of them are tied together.

/** A two-way stream with half-close, as TcpStream is. */
export interface ByteStream {
  /** null after the peer's end. */
  read(): Promise<Uint8Array | null>;
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
  abort(): void;
}

async function copy(from: ByteStream, to: ByteStream): Promise<void> {
  for (let bytes = await from.read(); bytes; bytes = await from.read()) await to.write(bytes);
  to.end();
}

/** Carries bytes both ways until both ends are done; when one breaks, so does the other. Never rejects. */
export async function tie(a: ByteStream, b: ByteStream): Promise<void> {
  try {
    await Promise.all([copy(a, b), copy(b, a)]);
  } catch {
    a.abort();
    b.abort();
  }
}
