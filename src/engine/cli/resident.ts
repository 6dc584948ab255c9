// The resident client: the stub /usr/bin/docker hands it a command line and fds 0, 1 and 2 (src/protocol/cli-stub.ts), and a child
// carries it out. One child is forked ahead, while nobody waits, and sleeps until a command is handed to it: from Enter on there is
// nothing to be copied. Commands that come while there is none have a child forked for them.
//
//   docker (stub)          docker-cli                    docker-spare
//     │                       │ fork ─────────────────────▶│ recvmsg: sleeps …
//     ├─ request, 0 1 2 ─────▶│ ── request, 0 1 2 ────────▶│ … becomes `docker ps`
//     │◀───── 'p' its pid ────│                            │
//     │◀───── 'x' exit code ──│◀─ ─ ─ ─ ─ it ends ─ ─ ─ ─ ─┘
//                             │ … and forks the next one when it has been quiet for a moment
import {
  CLI_REQUEST_HEAD_BYTES,
  CLI_SOCKET_PATH,
  decodeCliHead,
  decodeCliPayload,
  encodeCliExit,
  encodeCliPid,
  encodeCliRequest,
  type CliRequest,
} from '../../protocol/cli-stub.ts';
import { listenUnix } from '../http/index.ts';
import { childExit, onReadable, onSignal, run, setTimeout } from '../loop/index.ts';
import { spanFds } from '../span.ts';
import * as sys from '../sys/index.ts';
import { dispatch } from './dispatch.ts';
import { processIo } from './io.ts';

/** So long after a command's end: the shell has shown its prompt by then. */
const QUIET_MS = 10;
/** A command line that is longer is not handed over, but has a child forked for it. */
const MESSAGE_BYTES = 32 * 1024;

interface Spare {
  readonly child: sys.Child;
  readonly channel: number;
}

/** What the stub sent, as it came. */
interface Received {
  readonly bytes: Uint8Array;
  readonly fds: readonly number[];
}

let spare: Spare | undefined;
/** Who is told of a child's end: the stub whose command it carries out. */
const stubs = new Map<number, { readonly connection: number; readonly stop: () => void }>();
const buffer = new Uint8Array(MESSAGE_BYTES);

/** Serves stubs until SIGTERM. */
export async function resident(): Promise<number> {
  sys.setProcessTitle('docker-cli');
  const listener = listenUnix(CLI_SOCKET_PATH, 0o666);
  onReadable(listener, () => {
    for (let peer = sys.accept(listener, 0); peer >= 0; peer = sys.accept(listener, 0)) accept(peer);
  });
  setTimeout(prepare, QUIET_MS);
  return new Promise<number>((resolve) => onSignal(15, () => resolve(0)));
}

/** Reads the request, which the stub has already written, and finds a process for it. Anything else than a request is closed. */
function accept(connection: number): void {
  const received = receive(connection);
  if (!received) return sys.closeQuietly(connection);
  const child = handOver(received) ?? forkFor(received);
  for (const fd of received.fds) sys.closeQuietly(fd);
  if (!child) return sys.closeQuietly(connection);
  sys.sendmsg(connection, encodeCliPid(child.pid));
  sys.setNonblocking(connection);
  stubs.set(child.pid, { connection, stop: onReadable(connection, () => relay(connection, child.pid)) });
}

/** The whole request as bytes. It may be longer than one read: the stub goes on writing. */
function receive(connection: number): Received | undefined {
  const first = sys.recvmsg(connection, buffer, 3);
  if (!first) return undefined;
  const head = first.fds.length === 3 ? decodeCliHead(buffer.subarray(0, first.length)) : undefined;
  if (!head) {
    first.fds.forEach(sys.closeQuietly);
    return undefined;
  }
  const parts = [buffer.subarray(0, first.length)];
  for (let left = CLI_REQUEST_HEAD_BYTES + head.payloadBytes - first.length; left > 0;) {
    const more = new Uint8Array(left);
    const n = sys.read(connection, more);
    if (n === 0) break;
    parts.push(more.subarray(0, n));
    left -= n;
  }
  return { bytes: parts.length === 1 ? (parts[0] as Uint8Array) : sys.concat(parts), fds: first.fds };
}

/** The spare takes it; undefined if there is none, or it was killed. */
function handOver({ bytes, fds }: Received): sys.Child | undefined {
  if (!spare || bytes.length > MESSAGE_BYTES) return undefined;
  const { child, channel } = spare;
  spare = undefined;
  try {
    sys.sendmsg(channel, bytes, fds);
    return child;
  } catch {
    return undefined;
  } finally {
    sys.closeQuietly(channel);
  }
}

function forkFor({ bytes, fds }: Received): sys.Child | undefined {
  const request = requestOf(bytes);
  if (!request) return undefined;
  const child = sys.fork(() => perform(request, fds), { keep: [...fds, ...spanFds()] });
  watchEnd(child);
  return child;
}

/** Forks the child for the command that will come, unless it is there already or somebody waits meanwhile. */
function prepare(): void {
  if (spare || stubs.size > 0) return;
  const [channel, theirs] = sys.socketpair(sys.AF.UNIX, sys.SOCK.SEQPACKET);
  try {
    const child = sys.fork(() => awaitCommand(theirs), { keep: [theirs, ...spanFds()], title: 'docker-spare' });
    spare = { child, channel };
  } catch {
    // Neither memory nor a PID is left: the next command may find some.
    return sys.closeQuietly(channel);
  } finally {
    sys.closeQuietly(theirs);
  }
  watchEnd(spare.child);
  rehearse();
}

function watchEnd(child: sys.Child): void {
  void childExit(child).then((status) => {
    if (spare?.child === child) {
      sys.closeQuietly(spare.channel);
      spare = undefined;
    }
    const stub = stubs.get(child.pid);
    if (!stub) return;
    stubs.delete(child.pid);
    stub.stop();
    sys.sendmsg(stub.connection, encodeCliExit(sys.exitCode(status)));
    sys.closeQuietly(stub.connection);
    setTimeout(prepare, QUIET_MS);
  });
}

/** Bytes from the stub are signals that it got. When it is gone, so is the terminal: hang up. */
function relay(connection: number, pid: number): void {
  const signals = new Uint8Array(16);
  const n = sys.raw('read', connection, signals, signals.length);
  if (n <= 0 && n !== -11) {
    sys.killQuietly(pid, 1);
    return;
  }
  for (const signal of signals.subarray(0, Math.max(0, n))) sys.killQuietly(pid, signal);
}

const EXAMPLE = encodeCliRequest(
  { cwd: '/', argv: ['docker', '--version'], env: ['A=b'], umask: 0o22 },
  sys.utf8Encode,
);

/**
 * A fork leaves parent and child with the same pages, each copied when one of the two writes to it. What a command is going to
 * write to is written here, while nobody waits: a request is received and read as one from a stub.
 */
function rehearse(): void {
  const [stub, ours] = sys.socketpair();
  try {
    sys.sendmsg(stub, EXAMPLE, [0, 1, 2]);
    const received = receive(ours);
    if (received) environment(requestOf(received.bytes)?.env ?? []);
    onReadable(ours, () => undefined)();
    received?.fds.forEach(sys.closeQuietly);
  } catch {
    // Whatever is missing, a real request will say.
  } finally {
    for (const fd of [stub, ours]) sys.closeQuietly(fd);
  }
}

/** In the spare: sleeps until there is something to do. When the resident process is gone, so is the reason to wait. */
function awaitCommand(channel: number): number {
  rehearse();
  const received = sys.recvmsg(channel, buffer, 3);
  sys.closeQuietly(channel);
  const request = received && requestOf(buffer.subarray(0, received.length));
  return request ? perform(request, received.fds) : 0;
}

function requestOf(bytes: Uint8Array): CliRequest | undefined {
  const head = decodeCliHead(bytes);
  return head && decodeCliPayload(head, sys.utf8Decode(bytes.subarray(CLI_REQUEST_HEAD_BYTES)));
}

/** In the child: take the stub's place, then run the command as if this were its process. */
function perform(request: CliRequest, fds: readonly number[]): number {
  fds.forEach((fd, target) => {
    sys.dup2(fd, target);
    sys.closeQuietly(fd);
  });
  sys.setProcessTitle(request.argv.join(' '));
  sys.umask(request.umask);
  sys.chdir(request.cwd);
  run(() => dispatch({ argv: request.argv.slice(1), env: environment(request.env), cwd: request.cwd }, processIo()));
}

/** NAME=value lines as a record. */
export function environment(lines: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of lines) {
    const equals = line.indexOf('=');
    if (equals >= 0) variables[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return variables;
}
