// Questions that the embedded name server cannot answer go on to the servers outside, from the container's own network
// namespace: the packets take the container's interface as if the program had sent them itself. Used by resolver.ts.
import { u16, putU16 } from '../../protocol/net/bytes.ts';
import type { DnsQuery } from '../../protocol/net/dns.ts';
import {
  clearTimeout,
  FdReader,
  FdWriter,
  onReadable,
  setTimeout,
  writable,
  AbortSignal,
  type Timer,
} from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { inNetns } from './sandbox.ts';

const DNS_PORT = 53;
const TIMEOUT_MS = 4000;
const SERVERS_MAX = 3;
/** Questions of one container that may wait for their answers at a time. */
const WAITING_MAX = 256;
const ANSWER_MAX_BYTES = 4096;

interface Waiting {
  readonly query: DnsQuery;
  readonly server: string;
  readonly answered: (bytes: Uint8Array | undefined) => void;
}

export class Forwarder {
  readonly #servers: () => readonly string[];
  readonly #netns: number;
  /** By the id under which the question went out. */
  readonly #waiting = new Map<number, Waiting>();
  readonly #buffer = new Uint8Array(ANSWER_MAX_BYTES);
  #socket = -1;

  /** `netns` is duplicated: the caller may close its own. */
  constructor(netns: number, servers: () => readonly string[]) {
    this.#netns = sys.dup(netns);
    this.#servers = () => servers().slice(0, SERVERS_MAX);
  }

  close(): void {
    for (const { answered } of [...this.#waiting.values()]) answered(undefined);
    for (const fd of [this.#socket, this.#netns]) sys.closeQuietly(fd);
    this.#socket = -1;
  }

  /** One server after the other; undefined if none has answered. */
  async ask(query: DnsQuery, message: Uint8Array): Promise<Uint8Array | undefined> {
    for (const server of this.#servers()) {
      const answer = await this.#askOne(server, query, message);
      if (answer) return answer;
    }
    return undefined;
  }

  #askOne(server: string, query: DnsQuery, message: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      if (this.#waiting.size >= WAITING_MAX) return resolve(undefined);
      // An id of our own, by chance: nobody who cannot see the question can answer it.
      let id: number;
      do id = u16(sys.randomBytes(2), 0);
      while (this.#waiting.has(id));
      const timer: Timer = setTimeout(() => answered(undefined), TIMEOUT_MS);
      const answered = (bytes: Uint8Array | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(bytes);
      };
      this.#waiting.set(id, { query, server, answered });
      const question = message.slice();
      putU16(question, 0, id);
      try {
        sys.sendto(this.#open(), question, { family: 'inet', address: server, port: DNS_PORT });
      } catch {
        // ENETUNREACH and the like: the next server, if there is one.
        answered(undefined);
      }
    });
  }

  #open(): number {
    if (this.#socket < 0) {
      const fd = inNetns(this.#netns, () => sys.socket(sys.AF.INET, sys.SOCK.DGRAM | sys.SOCK.NONBLOCK));
      this.#socket = fd;
      onReadable(fd, () => this.#answers(fd));
    }
    return this.#socket;
  }

  #answers(fd: number): void {
    for (let got = sys.recvfrom(fd, this.#buffer); got; got = sys.recvfrom(fd, this.#buffer)) {
      const bytes = this.#buffer.slice(0, got.length);
      const waiting = bytes.length < 12 ? undefined : this.#waiting.get(u16(bytes, 0));
      if (!waiting || got.from.family !== 'inet' || got.from.address !== waiting.server) continue;
      putU16(bytes, 0, waiting.query.id);
      waiting.answered(bytes);
    }
  }

  /** The same over TCP: a connection a question. */
  async askByTcp(message: Uint8Array): Promise<Uint8Array | undefined> {
    for (const address of this.#servers()) {
      const fd = inNetns(this.#netns, () => sys.socket(sys.AF.INET, sys.SOCK.STREAM | sys.SOCK.NONBLOCK));
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        if (!sys.connect(fd, { family: 'inet', address, port: DNS_PORT })) await writable(fd, signal);
        await new FdWriter(fd, undefined, signal).write(framed(message));
        const reader = new FdReader(fd, signal);
        let answer: Uint8Array = new Uint8Array();
        for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
          answer = sys.concat([answer, bytes]);
          if (messageEnd(answer) <= answer.length) return answer.slice(2, messageEnd(answer));
        }
      } catch {
        // Refused, unreachable or too slow: the next one.
      } finally {
        sys.closeQuietly(fd);
      }
    }
    return undefined;
  }
}

/** Where the first message in a stream of them ends; beyond the bytes there are if it is not complete. */
export const messageEnd = (bytes: Uint8Array): number =>
  bytes.length < 2 ? Infinity : 2 + (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0));

export const framed = (message: Uint8Array): Uint8Array =>
  sys.concat([Uint8Array.of(message.length >>> 8, message.length), message]);
