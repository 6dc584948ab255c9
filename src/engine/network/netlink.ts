// rtnetlink: how network devices, addresses and routes are made. A request is a header, a fixed structure, and attributes
// (length, type, value) that can hold attributes themselves. netlink(7), rtnetlink(7)
import * as sys from '../sys/index.ts';

export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  SETLINK: 19,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
} as const;
export const NLM_F = { REQUEST: 1, ACK: 4, REPLACE: 0x100, EXCL: 0x200, CREATE: 0x400, DUMP: 0x300 } as const;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLMSG_HEADER_BYTES = 16;

/** Builds requests one after the other into one buffer: all of them go to the kernel in a single send. */
export class Batch {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  #start = 0;
  /** What each request is for, for the error text. */
  readonly names: string[] = [];

  /** Begins a request; a second call ends the one before. */
  request(name: string, type: number, flags: number): this {
    this.#finish();
    this.names.push(name);
    // struct nlmsghdr: length (put in by #finish), type and flags, sequence number, port.
    this.#room(NLMSG_HEADER_BYTES);
    const start = (this.#start = this.#end);
    this.#view.setUint32(start + 4, type | ((flags | NLM_F.REQUEST) << 16), true);
    this.#view.setUint32(start + 8, this.names.length, true);
    this.#end = start + NLMSG_HEADER_BYTES;
    return this;
  }
  u8(value: number): this {
    this.#room(1);
    this.#view.setUint8(this.#end++, value);
    return this;
  }
  u16(value: number): this {
    this.#room(2);
    this.#view.setUint16(this.#end, value, true);
    this.#end += 2;
    return this;
  }
  u32(value: number): this {
    this.#room(4);
    this.#view.setUint32(this.#end, value >>> 0, true);
    this.#end += 4;
    return this;
  }
  /** struct ifinfomsg; `flags` are set and cleared as `change` says. */
  link(index: number, flags = 0, change = flags): this {
    this.#room(16);
    this.#view.setUint32(this.#end + 4, index, true);
    this.#view.setUint32(this.#end + 8, flags, true);
    this.#view.setUint32(this.#end + 12, change, true);
    this.#end += 16;
    return this;
  }
  bytes(type: number, value: Uint8Array): this {
    const length = value.length;
    this.#room(length + 8);
    this.#head(4 + length, type);
    this.#bytes.set(value, this.#end);
    // The buffer is zero where nothing was written: so are the bytes up to the next multiple of four.
    this.#end += (length + 3) & ~3;
    return this;
  }
  text(type: number, value: string): this {
    return this.bytes(type, sys.utf8Encode(`${value}\0`));
  }
  number(type: number, value: number): this {
    this.#room(8);
    this.#head(8, type);
    this.#view.setUint32(this.#end, value >>> 0, true);
    this.#end += 4;
    return this;
  }
  /** An IPv4 address: in network order, whatever the machine's is. */
  address(type: number, value: number): this {
    this.#room(8);
    this.#head(8, type);
    this.#view.setUint32(this.#end, value);
    this.#end += 4;
    return this;
  }
  /** An attribute that holds what `inner` appends. */
  nest(type: number, inner: () => void): this {
    const start = this.#end;
    this.#room(4);
    this.#head(0, type);
    inner();
    this.#view.setUint16(start, this.#end - start, true);
    return this;
  }
  finish(): Uint8Array {
    this.#finish();
    return this.#bytes.subarray(0, this.#end);
  }

  #finish(): void {
    if (this.names.length > 0) this.#view.setUint32(this.#start, this.#end - this.#start, true);
  }
  /** struct rtattr: length and type in two halves of a word. */
  #head(length: number, type: number): void {
    this.#view.setUint32(this.#end, length | (type << 16), true);
    this.#end += 4;
  }
  #room(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(this.#bytes.length * 2 + bytes);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** A failed request: its name and the kernel's reason. */
export class NetlinkError extends Error {
  override readonly name = 'NetlinkError';
  readonly code: string;
  readonly text: string;
  constructor(
    readonly request: string,
    readonly errno: number,
  ) {
    const [code, text] = sys.ERRNO[errno] ?? [`E${errno}`, `errno ${errno}`];
    super(`${request}: ${text}`);
    this.code = code;
    this.text = text;
  }
}

/** A NETLINK_ROUTE socket. It belongs to the network namespace in which it was made, for ever. */
export class RouteSocket {
  readonly #fd = sys.socket(sys.AF.NETLINK, sys.SOCK.RAW, sys.NETLINK.ROUTE);
  readonly #buffer = new Uint8Array(32 * 1024);

  /** Sends the batch and reads one acknowledgement a request. Throws the first refusal (later requests were tried all the same). */
  send(batch: Batch): void {
    sys.sendto(this.#fd, batch.finish(), { family: 'netlink', pid: 0, groups: 0 });
    let refused: NetlinkError | undefined;
    for (let answered = 0; answered < batch.names.length;) {
      const received = sys.read(this.#fd, this.#buffer);
      forEachMessage(this.#buffer.subarray(0, received), (type, sequence, view, at) => {
        if (type !== NLMSG_ERROR) return;
        answered++;
        const errno = -view.getInt32(at, true);
        if (errno !== 0) refused ??= new NetlinkError(batch.names[sequence - 1] ?? '', errno);
      });
    }
    if (refused) throw refused;
  }

  /** A dump request: calls `each` with every message's body. */
  dump(batch: Batch, each: (type: number, view: DataView, at: number, end: number) => void): void {
    sys.sendto(this.#fd, batch.finish(), { family: 'netlink', pid: 0, groups: 0 });
    for (let done = false; !done;) {
      const received = sys.read(this.#fd, this.#buffer);
      forEachMessage(this.#buffer.subarray(0, received), (type, _sequence, view, at, end) => {
        if (type === NLMSG_DONE) done = true;
        else if (type === NLMSG_ERROR) throw new NetlinkError(batch.names[0] ?? '', -view.getInt32(at, true));
        else each(type, view, at, end);
      });
    }
  }

  /** Index of a device by name in this socket's namespace, 0 if there is none. netdevice(7) */
  indexOf(name: string): number {
    const SIOCGIFINDEX = 0x8933;
    const request = new Uint8Array(32);
    request.set(sys.utf8Encode(name).subarray(0, 15));
    const result = sys.raw('ioctl', this.#fd, SIOCGIFINDEX, request);
    return result < 0 ? 0 : new DataView(request.buffer).getInt32(16, true);
  }

  close(): void {
    sys.closeQuietly(this.#fd);
  }
}

type Visit = (type: number, sequence: number, view: DataView, at: number, end: number) => void;

export function forEachMessage(bytes: Uint8Array, visit: Visit): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + NLMSG_HEADER_BYTES <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < NLMSG_HEADER_BYTES || at + length > bytes.length) return;
    visit(view.getUint16(at + 4, true), view.getUint32(at + 8, true), view, at + NLMSG_HEADER_BYTES, at + length);
    at += (length + 3) & ~3;
  }
}

/** The attributes between `at` and `end`: type to place of the value. */
export function attributes(view: DataView, at: number, end: number): Map<number, { at: number; length: number }> {
  const found = new Map<number, { at: number; length: number }>();
  while (at + 4 <= end) {
    const length = view.getUint16(at, true);
    if (length < 4) break;
    found.set(view.getUint16(at + 2, true) & 0x3fff, { at: at + 4, length: length - 4 });
    at += (length + 3) & ~3;
  }
  return found;
}
