// Fetches the machine's files with progress, checks each against its hash, unpacks what is compressed.
import type { VmStatus } from '../protocol/vm-api.ts';
import { VmError } from './failures.ts';
import type { GuestFile, GuestIndex } from './guest-index.ts';
import { concatBytes } from './platform.ts';
import { sha256Hex } from './sha256.ts';

/** Reads a file of the page by its path; tells bytes as they come. The page fetches, Node reads from disk. */
export type ReadFile = (path: string, onBytes: (loaded: number) => void) => Promise<Uint8Array<ArrayBuffer>>;

export type Loading = NonNullable<VmStatus['loading']>;

/** Reads by fetch(2)… of the browser, relative to the page's base address. */
export function fetchFrom(baseUrl: string): ReadFile {
  return async (path, onBytes) => {
    const response = await fetch(new URL(path, baseUrl)).catch((error: unknown) => {
      throw new VmError('fetch-failed', `${path}: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (!response.ok || !response.body)
      throw new VmError('fetch-failed', `${path}: ${response.status} ${response.statusText}`);
    const parts: Uint8Array[] = [];
    let loaded = 0;
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new VmError('fetch-failed', `${path}: ${error instanceof Error ? error.message : String(error)}`);
      });
      if (done) return concatBytes(parts);
      parts.push(value);
      onBytes((loaded += value.byteLength));
    }
  };
}

export class Loader {
  #loaded = new Map<string, number>();
  #total = 0;

  constructor(
    private readonly read: ReadFile,
    private readonly onProgress: (loading: Loading) => void,
  ) {}

  async index(): Promise<GuestIndex> {
    const bytes = await this.read('guest/index.json', () => undefined);
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as GuestIndex;
    } catch {
      throw new VmError('fetch-failed', 'guest/index.json is not JSON');
    }
  }

  /** Names what will be loaded, so that progress has a whole. */
  expect(files: readonly GuestFile[]): void {
    this.#total += files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** The file's content, checked and unpacked. Throws VmError. */
  async file(what: string, file: GuestFile): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.read(file.path, (loaded) => {
      // A server may compress on the way: what counts is never more than the file.
      this.#loaded.set(file.path, Math.min(loaded, file.bytes));
      const sum = [...this.#loaded.values()].reduce((a, b) => a + b, 0);
      this.onProgress({ what, loadedBytes: sum, totalBytes: this.#total });
    });
    if ((await sha256Hex(bytes)) !== file.sha256) throw new VmError('wrong-hash', file.path);
    return isGzip(bytes) ? gunzip(bytes) : bytes;
  }
}

/** By its first bytes, not its name: servers treat files named .gz in different ways. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Into memory of the size that the file's end tells (RFC 1952, ISIZE): a state is fifty megabytes, and is copied once. */
export async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const size = new DataView(bytes.buffer, bytes.byteOffset + bytes.byteLength - 4).getUint32(0, true);
  const whole = new Uint8Array(size);
  const { readable, writable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  // What is no gzip fails at the other end.
  const write = async (): Promise<void> => {
    await writer.write(bytes);
    await writer.close();
  };
  write().catch(() => undefined);
  const reader = readable.getReader();
  let at = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    whole.set(piece.value, at);
    at += piece.value.byteLength;
  }
  return whole;
}
