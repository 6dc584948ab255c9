// Ties two byte streams together: a published port's connection on this machine and the page's TCP to the guest, or the other way.
import type { ByteStream } from '../byte-stream.ts';

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
