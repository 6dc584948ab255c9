// Layers and archives: tar in and out, done in C. Image pulls apply layers, commit and build pack upperdirs, `docker cp` does both.
// OCI image-spec layer.md (whiteouts), pax(1) for long names, big numbers and xattrs. Nothing is ever written outside the root given.

import { native, type LayerResult, type LayerState, type NativeTar } from './native.ts';
import { AT_FDCWD, O_DIRECTORY } from './constants.ts';
import { checked, SyscallError } from './error.ts';
import { closeQuietly, open } from './file.ts';

export type { LayerResult } from './native.ts';

/** A layer (tar, compressed or not) that could not be unpacked; `entry` says where and why. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  constructor(
    readonly entry: string,
    readonly code: string,
  ) {
    super(entry);
  }
}

export interface ExtractOptions {
  /** How `.wh.` names are taken: 'overlay' for an overlay2 diff directory (default), 'flat' deletes, 'plain' gives them no meaning. */
  whiteouts?: 'overlay' | 'flat' | 'plain';
  /** Keep the archive's owners (default true). */
  chown?: boolean;
  /** Only hash and count. */
  dryRun?: boolean;
  /** The caller compares the result's digests, so that checksums of the compression need not be computed (default false). */
  verified?: boolean;
}

const EAGAIN = 11;

/**
 * Unpacks a tar beneath a directory, piece by piece: each push does a bounded amount of work, so the event loop stays alive.
 * Hashes what comes in and the tar inside at the same time.
 */
export class TarExtract {
  readonly #state: LayerState;
  readonly #rootFd: number;
  constructor(root: string, options: ExtractOptions = {}) {
    this.#rootFd = open(root, O_DIRECTORY);
    const nativeOptions = {
      whiteouts: options.whiteouts ?? 'overlay',
      chown: options.chown ?? true,
      dryRun: options.dryRun ?? false,
      verified: options.verified ?? false,
    } as const;
    this.#state = checked<LayerState>('layer', [root], native.layer(this.#rootFd, nativeOptions));
  }
  /** Feeds the next bytes of the (compressed) archive. */
  push(bytes: Uint8Array): void {
    const result = native.layerPush(this.#state, bytes);
    if (result < 0) this.#fail(result);
  }
  /**
   * Feeds up to limitBytes from fd, and writes the same bytes to copyFd: bytes read, 0 at its end, undefined if fd does not block and has
   * none yet. A SyscallError of reading leaves the archive as it is.
   */
  pushFromFd(fd: number, limitBytes = 64 * 1024, copyFd = -1): number | undefined {
    const result = native.layerPushFd(this.#state, fd, limitBytes, copyFd);
    if (result >= 0) return result;
    if (native.layerError(this.#state) !== '') return this.#fail(result);
    if (result === -EAGAIN) return undefined;
    throw new SyscallError('read', [fd], -result);
  }
  progress(): { compressedBytes: number; uncompressedBytes: number; entries: number } {
    const [compressedBytes, uncompressedBytes, entries] = native.layerProgress(this.#state);
    return { compressedBytes, uncompressedBytes, entries };
  }
  /** Ends the archive: digests and sizes. */
  finish(): LayerResult {
    const result = native.layerFinish(this.#state);
    if (typeof result === 'number') return this.#fail(result);
    this.close();
    return result;
  }
  /** Gives the root's descriptor back; finish() and a failure do it themselves. */
  close(): void {
    closeQuietly(this.#rootFd);
  }
  #fail(result: number): never {
    this.close();
    throw new ArchiveError(native.layerError(this.#state), new SyscallError('untar', [], -result).code);
  }
}

/** Unpacks a whole file in one go (blocking). */
export function extractFile(archive: string, root: string, options: ExtractOptions = {}): LayerResult {
  const fd = open(archive, 0);
  try {
    const extract = new TarExtract(root, options);
    while (extract.pushFromFd(fd, 1 << 20));
    return extract.finish();
  } finally {
    closeQuietly(fd);
  }
}

export interface TarOptions {
  /** Name in the archive; default: the tree's entries stand at the top. */
  name?: string;
  /** The tree is an overlay upperdir: its whiteouts and opaque directories become `.wh.` entries. */
  overlayUpper?: boolean;
  exclude?: readonly string[];
  include?: readonly string[];
  followRoot?: boolean;
  owner?: number;
  mtimeSec?: number;
  finish?: boolean;
}

/** Writes a tar of path to fdOut, blocking: for a forked child (offload) when fdOut is a pipe or a socket. Bytes written. */
export function tarCreate(path: string, fdOut: number, options: TarOptions = {}): number {
  const request: NativeTar = {
    dirfd: AT_FDCWD,
    path,
    name: options.name ?? '',
    fdOut,
    overlayUpper: options.overlayUpper ?? false,
    exclude: options.exclude ?? [],
    include: options.include ?? [],
    followRoot: options.followRoot ?? false,
    owner: options.owner ?? -1,
    mtimeSec: options.mtimeSec ?? -1,
    finish: options.finish ?? true,
  };
  return checked('tar', [path], native.tarCreate(request));
}
