// Names to IPv4 addresses for the registry client: /etc/hosts first, then one question to the name server of
// /etc/resolv.conf. hosts(5), resolv.conf(5), RFC 1035
import { AbortSignal, readable } from '../../loop/index.ts';
import * as sys from '../../sys/index.ts';

const TRIES = 3;
const TIMEOUT_MS = 2000;

/** Rejects with Docker's (Go's) words when the name is unknown. */
export async function resolveHost(name: string): Promise<string> {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return name;
  const known = fromHosts(sys.readTextIfExists('/etc/hosts') ?? '', name);
  if (known !== undefined) return known;
  if (name === 'localhost') return '127.0.0.1';
  const server = /^nameserver\s+(\d+\.\d+\.\d+\.\d+)/m.exec(sys.readTextIfExists('/etc/resolv.conf') ?? '')?.[1];
  if (server === undefined) throw new Error(`dial tcp: lookup ${name}: no such host`);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const address = await ask(server, name);
    if (address !== undefined) return address;
  }
  throw new Error(`dial tcp: lookup ${name} on ${server}:53: no such host`);
}

export function fromHosts(text: string, name: string): string | undefined {
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.includes(name) && /^\d+\.\d+\.\d+\.\d+$/.test(address)) return address;
  }
  return undefined;
}

async function ask(server: string, name: string): Promise<string | undefined> {
  const fd = sys.socket(sys.AF.INET, sys.SOCK.DGRAM | sys.SOCK.NONBLOCK);
  try {
    sys.connect(fd, { family: 'inet', address: server, port: 53 });
    const id = sys.randomBytes(2);
    sys.sendto(fd, question(id, name));
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const reply = new Uint8Array(1500);
    for (;;) {
      await readable(fd, deadline);
      const got = sys.recvfrom(fd, reply);
      if (!got || reply[0] !== id[0] || reply[1] !== id[1]) continue;
      return addressIn(reply.subarray(0, got.length));
    }
  } catch {
    // A time-out or a refused port: the next try, or no such host.
    return undefined;
  } finally {
    sys.closeQuietly(fd);
  }
}

/** A recursive question for the A record. */
export function question(id: Uint8Array, name: string): Uint8Array {
  const bytes = [id[0] ?? 0, id[1] ?? 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of name.split('.')) bytes.push(label.length, ...[...label].map((c) => c.charCodeAt(0)));
  bytes.push(0, 0, 1, 0, 1);
  return Uint8Array.from(bytes);
}

/** The first A record of an answer. Names in it are skipped, whether written out or pointed to. */
export function addressIn(reply: Uint8Array): string | undefined {
  const u16 = (at: number): number => ((reply[at] ?? 0) << 8) | (reply[at + 1] ?? 0);
  const skipName = (at: number): number => {
    for (let i = at; i < reply.length;) {
      const length = reply[i] ?? 0;
      if (length === 0) return i + 1;
      if (length >= 0xc0) return i + 2;
      i += length + 1;
    }
    return reply.length;
  };
  let at = 12;
  for (let n = u16(4); n > 0; n -= 1) at = skipName(at) + 4;
  for (let n = u16(6); n > 0 && at < reply.length; n -= 1) {
    at = skipName(at);
    const length = u16(at + 8);
    if (u16(at) === 1 && length === 4) return [...reply.subarray(at + 10, at + 14)].join('.');
    at += 10 + length;
  }
  return undefined;
}
