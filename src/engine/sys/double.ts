// The recording double: takes the C module's place in unit tests under Node. It keeps every syscall by the name it has in the one table,
// answers from handlers or with 0, and has a small file store in memory. Text, hashing and search are really done.
//
//   const double = installDouble({ syscalls: { mount: () => -ERRNO.EPERM } , files: { '/sys/fs/cgroup/cgroup.controllers': 'cpu memory' } })
//   …
//   expect(double.calls).toEqual([{ call: 'mount', args: ['proc', '/proc', 'proc', 0, null] }, …])

import { decodeHead, findHeadEnd, textCodecs } from './double-codecs.ts';
import { given } from './error.ts';
import { useNative, type Native, type Stat, type SyscallArg } from './native.ts';
import { SYSCALLS, type SyscallName } from './syscalls.ts';

export interface RecordedCall {
  call: SyscallName | keyof Native;
  args: readonly unknown[];
}

export interface DoubleOptions {
  /** Answers by syscall: the result, or -errno. */
  syscalls?: Partial<Record<SyscallName, (...args: SyscallArg[]) => number>>;
  /** Replaces whole functions of the C module: spawn, clone, statx … */
  native?: Partial<Native>;
  /** Files by path. Written ones appear here. */
  files?: Record<string, string>;
}

export interface Double {
  readonly calls: RecordedCall[];
  readonly files: Map<string, string>;
  /** Names only, in order. */
  names(): string[];
  /** Calls of one name. */
  of(call: SyscallName | keyof Native): readonly (readonly unknown[])[];
}

const NAMES = new Map<number, SyscallName>(Object.entries(SYSCALLS).map(([name, nr]) => [nr, name as SyscallName]));
const [ENOENT, EINVAL, EBADF] = [2, 22, 9];
const [O_CREAT, O_TRUNC, O_DIRECTORY] = [0o100, 0o1000, 0o200000];

/** Installs a double and returns its record. Call it in beforeEach. */
export function installDouble(options: DoubleOptions = {}): Double {
  const calls: RecordedCall[] = [];
  const files = new Map(Object.entries(options.files ?? {}));
  const open = new Map<number, { path: string; offset: number }>();
  let nextFd = 10;
  let clock = 0;

  const openat = (path: string, flags: number): number => {
    if (flags & O_DIRECTORY && has(files, path)) return nextFd++;
    if (!files.has(path) && !(flags & O_CREAT)) return -ENOENT;
    if (!files.has(path) || flags & O_TRUNC) files.set(path, '');
    open.set(nextFd, { path, offset: 0 });
    return nextFd++;
  };
  const call = (nr: number, ...six: (SyscallArg | undefined)[]): number => {
    const args = given(six);
    const name = NAMES.get(nr);
    if (!name) return -EINVAL;
    calls.push({ call: name, args: args.map(keep) });
    const handler = options.syscalls?.[name];
    if (handler) return handler(...args);
    if (name === 'openat') return openat(String(args[1]), Number(args[2]));
    if (name === 'close') open.delete(Number(args[0]));
    if (name === 'pread64') {
      const [fd, into, length, offset] = args as [number, Uint8Array, number, number];
      const bytes = codecs.utf8Encode(files.get(open.get(fd)?.path ?? '') ?? '').subarray(offset, offset + length);
      into.set(bytes);
      return bytes.length;
    }
    if (name === 'unlink') return files.delete(String(args[0])) ? 0 : -ENOENT;
    if (name === 'access') return has(files, String(args[0])) ? 0 : -ENOENT;
    if (name === 'rename') {
      const [from, to] = [String(args[0]), String(args[1])];
      const moved = [...files.keys()].filter((path) => path === from || path.startsWith(`${from}/`));
      if (moved.length === 0) return -ENOENT;
      for (const path of moved) {
        files.set(to + path.slice(from.length), files.get(path) ?? '');
        files.delete(path);
      }
    }
    if (['socket', 'epoll_create1', 'inotify_init1', 'eventfd2', 'memfd_create', 'pidfd_open'].includes(name))
      return nextFd++;
    return 0;
  };
  const record =
    <A extends unknown[], R>(name: keyof Native, answer: (...args: A) => R) =>
    (...args: A): R => {
      calls.push({ call: name, args: args.map(keep) });
      return answer(...args);
    };

  const codecs = textCodecs();
  const native: Native = {
    ...codecs,
    args: [],
    bundle: 'test.js',
    call,
    address: () => 0x1000,
    statx: (dirfd, path) => {
      const named = path === '' ? (open.get(dirfd)?.path ?? '') : path;
      return has(files, named) ? fakeStat(files, named) : -ENOENT;
    },
    readdir: record('readdir', () => []),
    readlinkat: record('readlinkat', () => -ENOENT),
    getcwd: () => '/',
    readAll: (fd) => {
      const file = open.get(fd);
      return file ? codecs.utf8Encode(files.get(file.path) ?? '') : -EBADF;
    },
    writeAll: (fd, bytes) => {
      const text = typeof bytes === 'string' ? bytes : codecs.utf8Decode(bytes);
      calls.push({ call: 'write', args: [open.get(fd)?.path ?? fd, text] });
      const file = open.get(fd);
      if (file) files.set(file.path, (files.get(file.path) ?? '') + text);
      return codecs.utf8Encode(text).byteLength;
    },
    readSome: () => 0,
    writeParts: record('writeParts', () => 0),
    removeTree: record('removeTree', (_dirfd: number, path: string) => {
      for (const name of [...files.keys()]) if (name === path || name.startsWith(`${path}/`)) files.delete(name);
      return 1;
    }),
    copyTree: record('copyTree', () => 1),
    diskUsage: record('diskUsage', () => ({ allocatedBytes: 0, apparentBytes: 0, inodes: 0 })),
    execve: record('execve', () => -ENOENT),
    spawn: record('spawn', () => 1000),
    clone: record('clone', (): [number, number] => [1000, nextFd++]),
    vfork: record('vfork', (work: () => number): number => work() << 8),
    dropBoundingSet: record('dropBoundingSet', () => 0),
    wait4: record('wait4', (pid: number): [number, number] => [pid, 0]),
    exit: (code) => {
      throw new Error(`exit(${code})`);
    },
    closeAllExcept: record('closeAllExcept', () => undefined),
    setTitle: record('setTitle', () => undefined),
    sendFds: record('sendFds', (_fd: number, bytes: Uint8Array) => bytes.byteLength),
    recvFds: record('recvFds', () => [0]),
    monotonicMs: () => clock++,
    realtimeNs: () => [1700000000, 0],
    randomBytes: (n) => new Uint8Array(n).fill(0xab),
    utf8Length: (text) => codecs.utf8Encode(text).byteLength,
    headEnd: findHeadEnd,
    parseHead: decodeHead,
    inflate: () => ({}) as never,
    inflatePush: () => -EINVAL,
    inflateFd: record('inflateFd', () => 0),
    gzipFd: record('gzipFd', () => 0),
    layer: record('layer', () => ({}) as never),
    layerPush: () => 0,
    layerPushFd: () => 0,
    layerFinish: () => ({
      compressedDigest: '0'.repeat(64),
      diffId: '0'.repeat(64),
      compressedBytes: 0,
      compression: 'none',
      uncompressedBytes: 0,
      fileBytes: 0,
      entries: 0,
    }),
    layerError: () => '',
    layerProgress: () => [0, 0, 0],
    tarCreate: record('tarCreate', () => 0),
    runJobs: () => 0,
    onUnhandledRejection: () => undefined,
    gc: () => undefined,
    collectAfter: () => undefined,
    memoryUsage: () => ({ heapBytes: 0, objects: 0 }),
    ...options.native,
  };
  useNative(native);
  return {
    calls,
    files,
    names: () => calls.map((c) => c.call),
    of: (name) => calls.filter((c) => c.call === name).map((c) => c.args),
  };
}

/** Buffers change after the call: their content at the time is what counts. */
function keep(value: unknown): unknown {
  return value instanceof Uint8Array ? value.slice() : value;
}

function has(files: Map<string, string>, path: string): boolean {
  if (files.has(path)) return true;
  for (const name of files.keys()) if (name.startsWith(path.endsWith('/') ? path : `${path}/`)) return true;
  return false;
}

function fakeStat(files: Map<string, string>, path: string): Stat {
  const content = files.get(path);
  const zero = {
    dev: 1,
    ino: 1,
    nlink: 1,
    uid: 0,
    gid: 0,
    rdev: 0,
    blksize: 4096,
    blocks: 8,
    atimeMs: 0,
    mtimeMs: 0,
    ctimeMs: 0,
    mtimeSec: 0,
    mtimeNsec: 0,
    mountId: 1,
  };
  return content === undefined
    ? { ...zero, mode: 0o040755, size: 0 }
    : { ...zero, mode: 0o100644, size: textCodecs().utf8Encode(content).length };
}
