// A container's (or exec's) standard streams as dockerd holds them: it reads what the process writes, logs it and hands
// it to everyone who is attached; it writes what they type. FIFOs without a terminal, the pty's master with one. fifo(7)
import { clearTimeout, FdReader, FdWriter, setTimeout, type ByteWriter } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';
import type { Stdio } from '../../containerd/api.ts';

export type StreamName = 'stdout' | 'stderr';

/** Receives output as it comes. A promise that is returned is waited for: it slows the container down. */
export type Sink = (stream: StreamName, bytes: Uint8Array) => Promise<void> | void;

/** Descriptors that are open on the FIFOs of one process, and their paths for containerd. */
export interface Fifos {
  readonly stdio: Stdio;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** Makes and opens `<dir>/<process>-stdin|stdout|stderr`. The reading ends do not block and wait for no writer. */
export function openFifos(dir: string, process: string, withStdin: boolean): Fifos {
  sys.mkdirAll(dir, 0o711);
  const fifo = (name: string, flags: number): [path: string, fd: number] => {
    const path = `${dir}/${process}-${name}`;
    sys.removeQuietly(path);
    sys.mkfifo(path, 0o700);
    return [path, sys.open(path, flags | sys.O_NONBLOCK)];
  };
  const [stdout, outFd] = fifo('stdout', sys.O_RDONLY);
  const [stderr, errFd] = fifo('stderr', sys.O_RDONLY);
  if (!withStdin) return { stdio: { stdout, stderr }, stdin: -1, stdout: outFd, stderr: errFd };
  // Read and write: a FIFO that nobody reads yet cannot be opened for writing alone.
  const [stdin, inFd] = fifo('stdin', sys.O_RDWR);
  return { stdio: { stdin, stdout, stderr }, stdin: inFd, stdout: outFd, stderr: errFd };
}

/** For a process that did not come to be: nobody will ever write, so nobody would see an end. */
export function closeFifos(fifos: Fifos | undefined): void {
  for (const fd of fifos ? [fifos.stdin, fifos.stdout, fifos.stderr] : []) sys.closeQuietly(fd);
}

export class Streams {
  private readonly sinks = new Set<Sink>();
  private stdin: FdWriter | undefined;
  /** What is typed before the process exists waits for this. */
  private readonly stdinReady: Promise<void>;
  private openStdin: () => void = () => undefined;
  private readonly fds: number[] = [];
  private readonly running: Promise<void>[] = [];
  /** The last bytes written to stdin, so that two who are attached do not mix theirs. */
  private writing: Promise<void>;

  constructor() {
    this.stdinReady = new Promise((resolve) => (this.openStdin = resolve));
    this.writing = this.stdinReady;
  }

  /** Called after stdin was closed here: containerd lets go of its end too. */
  onStdinClosed: () => void = () => undefined;

  /** Goes on with FIFOs after containerd has the other ends open; before that, reading would see an end. */
  useFifos(fifos: Fifos): void {
    if (fifos.stdin >= 0) this.useStdin(fifos.stdin);
    this.openStdin();
    this.copy(fifos.stdout, 'stdout');
    this.copy(fifos.stderr, 'stderr');
  }

  /** A terminal: one descriptor both ways. Undefined: it is gone with its shim, and there is nothing to read. */
  useConsole(master: number | undefined, withStdin: boolean): void {
    if (master !== undefined) {
      this.copy(master, 'stdout');
      if (withStdin) this.stdin = new FdWriter(master);
    }
    this.openStdin();
  }

  private useStdin(fd: number): void {
    this.fds.push(fd);
    this.stdin = new FdWriter(fd);
  }

  private copy(fd: number, stream: StreamName): void {
    this.fds.push(fd);
    const reader = new FdReader(fd);
    const loop = async (): Promise<void> => {
      for (let bytes = await reader.read(); bytes !== null; bytes = await reader.read()) {
        for (const sink of this.sinks) {
          const slow = sink(stream, bytes);
          if (slow) await slow;
        }
      }
    };
    // A descriptor that is closed under the reader is an end like any other.
    this.running.push(loop().catch(() => undefined));
  }

  /** From now on `sink` gets all output. Returns a function that takes it off. */
  attach(sink: Sink): () => void {
    this.sinks.add(sink);
    return () => void this.sinks.delete(sink);
  }

  /** Resolves when the process's pipe has taken the bytes. */
  write(bytes: Uint8Array): Promise<void> {
    // A process that closed its stdin (EPIPE) does not want to hear more.
    this.writing = this.writing.then(() => this.stdin?.write(bytes)).catch(() => undefined);
    return this.writing;
  }

  /** The process reads an end after what was written. A terminal's is ctrl-D and not ours to send. */
  async closeStdin(): Promise<void> {
    await this.writing;
    const fd = this.stdin?.fd;
    this.stdin = undefined;
    if (fd === undefined || !this.fds.includes(fd)) return;
    this.fds.splice(this.fds.indexOf(fd), 1);
    sys.closeQuietly(fd);
    this.onStdinClosed();
  }

  /** Resolves when the process and all that inherited its output have closed it and every byte was handed on, at the latest after `limitMs`. */
  drained(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      let left = this.running.length;
      if (left === 0) return resolve();
      const timer = setTimeout(resolve, limitMs);
      const one = (): void => {
        left -= 1;
        if (left > 0) return;
        clearTimeout(timer);
        resolve();
      };
      for (const copied of this.running) copied.then(one, one);
    });
  }

  close(): void {
    this.stdin = undefined;
    this.openStdin();
    for (const fd of this.fds.splice(0)) sys.closeQuietly(fd);
    this.sinks.clear();
  }
}

const FRAME_TYPE = { stdout: 1, stderr: 2 } as const;

/** `application/vnd.docker.multiplexed-stream`: type, three zeros, length (big-endian), bytes. */
export function frame(stream: StreamName, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(8 + bytes.length);
  whole[0] = FRAME_TYPE[stream];
  whole[4] = bytes.length >>> 24;
  whole[5] = bytes.length >>> 16;
  whole[6] = bytes.length >>> 8;
  whole[7] = bytes.length;
  whole.set(bytes, 8);
  return whole;
}

const MAX_QUEUED_BYTES = 1024 * 1024;

/**
 * Writes to one client in order without making the container wait, until that client is a megabyte behind. A client
 * that is gone is dropped silently.
 */
export class ClientQueue {
  private tail: Promise<void> = Promise.resolve();
  private queuedBytes = 0;
  private broken = false;

  constructor(
    private readonly out: ByteWriter,
    private readonly onBroken: () => void = () => undefined,
  ) {}

  push(bytes: Uint8Array): Promise<void> | void {
    if (this.broken) return;
    this.queuedBytes += bytes.length;
    this.tail = this.tail.then(async () => {
      try {
        if (!this.broken) await this.out.write(bytes);
      } catch {
        this.broken = true;
        this.onBroken();
      }
      this.queuedBytes -= bytes.length;
    });
    if (this.queuedBytes > MAX_QUEUED_BYTES) return this.tail;
  }

  /** The client is gone. */
  get isBroken(): boolean {
    return this.broken;
  }

  /** The client is so far behind that nothing more should be kept for it in memory. */
  get isBehind(): boolean {
    return this.queuedBytes > MAX_QUEUED_BYTES;
  }

  flushed(): Promise<void> {
    return this.tail;
  }
}

/** The FIFOs of a process that outlived an earlier dockerd. */
export function reopenFifos(stdio: Stdio): Fifos {
  const reopen = (path: string | undefined, flags: number): number =>
    path === undefined ? -1 : sys.open(path, flags | sys.O_NONBLOCK);
  return {
    stdio,
    stdin: reopen(stdio.stdin, sys.O_RDWR),
    stdout: reopen(stdio.stdout, sys.O_RDONLY),
    stderr: reopen(stdio.stderr, sys.O_RDONLY),
  };
}
