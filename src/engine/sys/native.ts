// The border between TypeScript and C: what the runner's one C module (guest/native) puts on globalThis.__native.
// Only src/engine/sys uses it. Under Node the recording double (double.ts) takes its place through useNative().
// Every function that can fail in the kernel returns -errno; the wrappers turn that into a SyscallError.

/** A syscall argument: an integer, a path (sent NUL-terminated, UTF-8), a buffer (sent as its address) or a null pointer. */
export type SyscallArg = number | string | ArrayBufferView | null;

/** Mirrors the fields of statx(2) that anybody here reads; sizes and times are plain numbers (exact up to 2^53). */
export interface Stat {
  dev: number;
  ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  blksize: number;
  /** Number of 512-byte units. */
  blocks: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  mtimeSec: number;
  mtimeNsec: number;
  /** STATX_MNT_ID: the mount that the file lies on. */
  mountId: number;
}

/** One directory entry: name and DT_* type. */
export interface Dirent {
  name: string;
  type: number;
  ino: number;
}

/** What spawn() needs; see process.ts. */
export interface NativeSpawn {
  path: string;
  argv: readonly string[];
  env: readonly string[];
  /** fds[i] becomes descriptor i of the child; everything else is closed. */
  fds: readonly number[];
  cwd: string | null;
  /** CLONE_NEW* flags, 0 for none. */
  cloneFlags: number;
  setsid: boolean;
  /** With setsid: descriptor 0 becomes the controlling terminal. */
  controllingTerminal: boolean;
}

/** Opaque C objects; freed by the garbage collector. */
export interface Sha256State {
  readonly __sha256: never;
}
export interface LayerState {
  readonly __layer: never;
}
export interface InflateState {
  readonly __inflate: never;
}

export interface LayerOptions {
  /** 'overlay': `.wh.` entries become 0:0 character devices and opaque xattrs; 'flat': they delete; 'plain': they are files like any other. */
  whiteouts: 'overlay' | 'flat' | 'plain';
  /** Keep the archive's uid and gid (true) or leave the caller's (false). */
  chown: boolean;
  /** Unpack nothing, only hash and count. */
  dryRun: boolean;
  /** The caller compares the digests: gzip's and zstd's own checksums are not computed. */
  verified: boolean;
}

/** Result of a finished layer; digests are hex. */
export interface LayerResult {
  /** sha256 of the bytes as they came in. */
  compressedDigest: string;
  /** sha256 of the tar inside: Docker's diffID. */
  diffId: string;
  compressedBytes: number;
  compression: 'none' | 'gzip' | 'zstd';
  uncompressedBytes: number;
  /** Sum of regular file sizes: what Docker calls the layer's size. */
  fileBytes: number;
  entries: number;
}

export interface Native {
  /** Arguments after the bundle's own path. */
  readonly args: readonly string[];
  /** Path of the running bundle, and of the runner itself. */
  readonly bundle: string;

  /** The generic syscall: the raw result, or -errno. Arguments left out are 0. */
  call(nr: number, ...args: (SyscallArg | undefined)[]): number;
  /** Address of a buffer's first byte, for structures that hold pointers (keep a reference while in use). */
  address(buffer: ArrayBufferView): number;

  statx(dirfd: number, path: string, flags: number): Stat | number;
  /** Whole directory, without . and .., in the kernel's order. */
  readdir(fd: number): Dirent[] | number;
  readlinkat(dirfd: number, path: string): string | number;
  getcwd(): string | number;
  /** Whole file from its current offset, at most limit bytes. */
  readAll(fd: number, limit: number): Uint8Array<ArrayBuffer> | number;
  /** Writes all bytes, looping over short writes; bytes written or -errno (nothing said about a part already written). */
  writeAll(fd: number, bytes: Uint8Array | string): number;
  /** One read(2) of at most limit (64 KB) bytes into an array of its own; 0 at the end, or -errno. */
  readSome(fd: number, limit: number): Uint8Array<ArrayBuffer> | number;
  /** One writev(2) of texts (UTF-8) and buffers: 0 if all went, the unsent rest if the descriptor is full, or -errno. */
  writeParts(fd: number, ...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> | number;
  /** Entries beneath path (a directory), or path itself, are removed; never follows a symlink or leaves the mount. Count or -errno. */
  removeTree(dirfd: number, path: string): number;
  /** cp -a: ownership, modes, times, xattrs, devices, hardlinks. Entries copied or -errno. */
  copyTree(fromDirfd: number, from: string, toDirfd: number, to: string): number;
  /** Sum of st_blocks*512 and of st_size, and number of inodes, beneath a directory. */
  diskUsage(dirfd: number, path: string): { allocatedBytes: number; apparentBytes: number; inodes: number } | number;

  execve(path: string, argv: readonly string[], env: readonly string[]): number;
  /** vfork-fast start of another program: pid, or -errno of clone or execve. */
  spawn(request: NativeSpawn): number;
  /** clone3(2) as fork with CLONE_PIDFD: [pid, pidfd], [0, -1] in the child, or -errno. cgroupFd -1: none. In the child pending promise jobs are dropped and garbage collection is off. */
  clone(flags: number, cgroupFd: number): [pid: number, pidfd: number] | number;
  /**
   * Runs work in a child that has this process's memory (CLONE_VM), while this process waits (CLONE_VFORK); its number is the exit code.
   * The wait status, or -errno. What work throws is thrown here. Promise jobs and collection stay as they are.
   */
  vfork(work: () => number): number;
  /** wait4(pid): [pid, status] (pid 0: none yet) or -errno. */
  wait4(pid: number, options: number): [pid: number, status: number] | number;
  /** prctl(PR_CAPBSET_DROP) for each capability below count that is not in the mask of low and high 32 bits: 0 or -errno. */
  dropBoundingSet(keepLow: number, keepHigh: number, count: number): number;
  exit(code: number): never;
  /** Every descriptor from 3 on that is not in keep is closed. */
  closeAllExcept(keep: readonly number[]): void;
  setTitle(title: string): void;

  /** sendmsg(2) with SCM_RIGHTS; bytes sent or -errno. */
  sendFds(fd: number, bytes: Uint8Array, fds: readonly number[]): number;
  /** recvmsg(2), descriptors arrive close-on-exec: [bytes read, ...fds] or -errno. */
  recvFds(fd: number, into: Uint8Array, maxFds: number): number[] | number;

  monotonicMs(): number;
  realtimeNs(): [seconds: number, nanoseconds: number];
  randomBytes(n: number): Uint8Array<ArrayBuffer>;

  utf8Encode(text: string): Uint8Array<ArrayBuffer>;
  /** Malformed sequences become U+FFFD. */
  utf8Decode(bytes: Uint8Array): string;
  latin1Encode(text: string): Uint8Array<ArrayBuffer>;
  latin1Decode(bytes: Uint8Array): string;
  base64Encode(bytes: Uint8Array): string;
  /** Standard or URL alphabet, padding optional; null if malformed. */
  base64Decode(text: string): Uint8Array<ArrayBuffer> | null;
  hexEncode(bytes: Uint8Array): string;
  /** Index of needle in bytes at or after from, or -1. */
  indexOf(bytes: Uint8Array, needle: Uint8Array | string, from: number): number;
  utf8Length(text: string): number;
  /** Where an HTTP head that begins at start ends (empty line included), or -1 if its end is not among the bytes. */
  headEnd(bytes: Uint8Array, start: number, end: number): number;
  /**
   * Splits an HTTP/1.1 head: [start line, name, value, name, value, …], names in lower case, values trimmed, text as Latin-1.
   * Null if it is malformed (bare CR or LF, NUL, space before a colon, folded line, name that is no token).
   */
  parseHead(bytes: Uint8Array, start: number, end: number): string[] | null;
  crc32(bytes: Uint8Array, seed: number): number;

  sha256(): Sha256State;
  sha256Update(state: Sha256State, bytes: Uint8Array): void;
  /** Reads at most limit bytes from fd into the hash: bytes read (0 at the end) or -errno. */
  sha256UpdateFd(state: Sha256State, fd: number, limit: number): number;
  /** Hex digest; the state can be updated further. */
  sha256Hex(state: Sha256State): string;

  /** Streaming decoder for gzip, zstd and what is neither (as it is), which it tells by the first ten bytes. */
  inflate(): InflateState;
  /** Decoded bytes for this input, or a negative number: -errno (-74 EBADMSG: corrupt). */
  inflatePush(state: InflateState, bytes: Uint8Array): Uint8Array<ArrayBuffer> | number;
  /** The same from fd in to fd out (blocking, to the end): 0 or -errno. */
  inflateFd(fdIn: number, fdOut: number): number;
  /** gzip of fd in to fd out (blocking): bytes written or -errno. */
  gzipFd(fdIn: number, fdOut: number, level: number): number;

  layer(rootFd: number, options: LayerOptions): LayerState | number;
  /** Feeds bytes: 0, or -errno. After an error the layer is dead; see layerError(). */
  layerPush(state: LayerState, bytes: Uint8Array): number;
  /**
   * Reads at most limit bytes from fd, feeds them, and writes them as they are to copyFd too: bytes read, 0 at the end of fd, -EAGAIN
   * if there are none yet, or -errno (of the layer if layerError() tells of one, else of read).
   */
  layerPushFd(state: LayerState, fd: number, limit: number, copyFd?: number): number;
  /** Ends the stream (sets directory times, checks completeness). */
  layerFinish(state: LayerState): LayerResult | number;
  /** What was wrong and with which entry, after a negative result. */
  layerError(state: LayerState): string;
  /** Progress: bytes in, bytes out, entries. */
  layerProgress(state: LayerState): [compressedBytes: number, uncompressedBytes: number, entries: number];

  /** Writes a tar of name (a file or directory beneath dirfd) to fdOut, blocking. Bytes written or -errno. See archive.ts. */
  tarCreate(options: NativeTar): number;

  /** Runs every promise job that is due; number run. */
  runJobs(): number;
  /** Function called with (promise, reason) when a promise is rejected without a handler, and with (promise, undefined, true) when one is added later. */
  onUnhandledRejection(hook: (promise: object, reason: unknown, handled: boolean) => void): void;
  /** Garbage collection now. */
  gc(): void;
  /** Collects when this many bytes more than now are allocated; -1: never. */
  collectAfter(bytes: number): void;
  memoryUsage(): { heapBytes: number; objects: number };
}

export interface NativeTar {
  dirfd: number;
  /** Path beneath dirfd to pack: '.' for a whole tree. */
  path: string;
  /** Name of that path inside the archive ('' when packing a tree whose entries stand at the top). */
  name: string;
  fdOut: number;
  /** true: an overlay upperdir; 0:0 devices and opaque xattrs become `.wh.` entries. */
  overlayUpper: boolean;
  /** Names (relative, as in the archive) to leave out, matched exactly with all beneath. */
  exclude: readonly string[];
  /** Only these paths (with their parents); empty: everything. Used for a diff on a non-overlay tree. */
  include: readonly string[];
  /** Follow path itself if it is a symlink. */
  followRoot: boolean;
  /** Write 0:0 and the given mtime for every entry instead of the real ones (-1: keep). */
  owner: number;
  mtimeSec: number;
  /** false: no end-of-archive blocks, so that another tar can follow. */
  finish: boolean;
}

/** The C module, or the double. A mutable binding, so that a call costs no lookup function in the guest. */
export let native: Native = (globalThis as unknown as { __native: Native }).__native;

/** Replaces the C module (unit tests under Node). */
export function useNative(replacement: Native): void {
  native = replacement;
}
