// JSON lines over a Unix socket: the way dockerd, containerd and the shims talk. Messages that cannot be sent at once wait
// in order; the other end's going is told once. Used on both sides.
import { onReadable, writable } from '../loop/index.ts';
import * as sys from '../sys/index.ts';

const NEWLINE = '\n';
const NEWLINE_BYTE = 10;
const EAGAIN = 11;
const NOTHING = new Uint8Array();
const READ_BYTES = 16 * 1024;
/** Read into by all connections: what is not a whole line yet is copied out of it. */
const buffer = new Uint8Array(READ_BYTES);
/** A peer that sends more than this without a newline is not speaking our protocol. */
const LINE_MAX_BYTES = 8 * 1024 * 1024;

export interface LineHandlers {
  /** The parsed line, and its text for who wants a part of it unchanged. */
  readonly onMessage: (message: unknown, text: string) => void;
  readonly onClose: () => void;
}

export class JsonLines {
  #pending: Uint8Array = NOTHING;
  #queue: Uint8Array[] = [];
  #closed = false;
  readonly #stop: () => void;

  constructor(
    readonly fd: number,
    readonly handlers: LineHandlers,
  ) {
    sys.setNonblocking(fd);
    this.#stop = onReadable(fd, () => this.#read());
  }

  send(message: unknown): void {
    if (this.#closed) return;
    const bytes = sys.utf8Encode(`${JSON.stringify(message)}\n`);
    this.#queue.push(bytes);
    if (this.#queue.length === 1) this.#flush();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    sys.closeQuietly(this.fd);
    this.handlers.onClose();
  }

  #flush(): void {
    for (let bytes = this.#queue[0]; bytes; bytes = this.#queue[0]) {
      const MSG_NOSIGNAL = sys.MSG.NOSIGNAL;
      const n = sys.raw('sendto', this.fd, bytes, bytes.length, MSG_NOSIGNAL, null, 0);
      if (n === bytes.length) this.#queue.shift();
      else if (n >= 0) this.#queue[0] = bytes.subarray(n);
      else if (n === -EAGAIN) {
        writable(this.fd).then(
          () => this.#flush(),
          () => this.close(),
        );
        return;
      } else return this.close();
    }
  }

  #read(): void {
    const n = sys.raw('read', this.fd, buffer, buffer.length);
    if (n === -EAGAIN) return;
    if (n <= 0) return this.close();
    let bytes: Uint8Array = buffer.subarray(0, n);
    if (this.#pending.length > 0) bytes = sys.concat([this.#pending, bytes]);
    // Nearly always what has come is whole lines: they are cut as text, which costs less than cutting bytes.
    const whole = bytes.lastIndexOf(NEWLINE_BYTE) + 1;
    this.#pending = whole === bytes.length ? NOTHING : bytes.slice(whole);
    if (this.#pending.length > LINE_MAX_BYTES) return this.close();
    if (whole === 0) return;
    const lines = sys.utf8Decode(whole === bytes.length ? bytes : bytes.subarray(0, whole));
    for (let from = 0, end = lines.indexOf(NEWLINE); end >= 0; from = end + 1, end = lines.indexOf(NEWLINE, from)) {
      const text = lines.slice(from, end);
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch {
        return this.close();
      }
      this.handlers.onMessage(message, text);
      if (this.#closed) return;
    }
  }
}

/** Listens on a Unix socket; an old socket file of a dead process is replaced. */
export function listenUnix(path: string, onConnection: (fd: number) => void, mode = 0o600): number {
  sys.removeQuietly(path);
  const fd = sys.socket(sys.AF.UNIX, sys.SOCK.STREAM | sys.SOCK.NONBLOCK);
  sys.bind(fd, { family: 'unix', path });
  sys.chmod(path, mode);
  sys.listen(fd);
  onReadable(fd, () => {
    for (let peer = sys.accept(fd); peer >= 0; peer = sys.accept(fd)) onConnection(peer);
  });
  return fd;
}

/** A connection to a Unix socket; throws ECONNREFUSED or ENOENT if nobody listens. */
export function connectUnix(path: string): number {
  const fd = sys.socket(sys.AF.UNIX, sys.SOCK.STREAM);
  try {
    sys.connect(fd, { family: 'unix', path });
  } catch (error) {
    sys.closeQuietly(fd);
    throw error;
  }
  return fd;
}
