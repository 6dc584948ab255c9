// The docker client. Started once, it stays resident with its code loaded; the stub /usr/bin/docker hands it a command
// line and fds 0, 1 and 2, and a child forked here carries it out (src/protocol/cli-stub.ts). Started with arguments
// and no socket to listen on (the stub does so when nobody is resident), it runs that one command.
import {
  CLI_REQUEST_HEAD_BYTES,
  CLI_SOCKET_PATH,
  decodeCliHead,
  decodeCliPayload,
  encodeCliExit,
  encodeCliPid,
  type CliRequest,
} from '../../protocol/cli-stub.ts';
import { listenUnix } from '../http/index.ts';
import { childExit, onReadable, onSignal, run } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import { spanFds } from '../span.ts';
import { dispatch } from './dispatch.ts';
import { processIo } from './io.ts';

if (sys.args()[0] === '--resident') run(resident);
else run(() => single(sys.args()));

/** One command in this very process. */
function single(argv: readonly string[]): Promise<number> {
  return dispatch(
    { argv, env: environment(sys.readText('/proc/self/environ').split('\0')), cwd: sys.getcwd() },
    processIo(),
  );
}

function environment(lines: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of lines) {
    const equals = line.indexOf('=');
    if (equals >= 0) variables[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return variables;
}

async function resident(): Promise<number> {
  sys.setProcessTitle('docker-cli');
  const listener = listenUnix(CLI_SOCKET_PATH, 0o666);
  onReadable(listener, () => {
    for (let peer = sys.accept(listener, 0); peer >= 0; peer = sys.accept(listener, 0)) accept(peer);
  });
  return new Promise<number>((resolve) => onSignal(15, () => resolve(0)));
}

/** Read the request, which the stub has already written, and fork. Anything else than a request is closed. */
function accept(connection: number): void {
  const received = receive(connection);
  if (!received) return sys.closeQuietly(connection);
  const { request, fds } = received;
  const child = sys.fork(() => perform(request, fds), { keep: [...fds, ...spanFds()] });
  for (const fd of fds) sys.closeQuietly(fd);
  sys.sendmsg(connection, encodeCliPid(child.pid));
  sys.setNonblocking(connection);
  const stop = onReadable(connection, () => relay(connection, child.pid));
  void childExit(child).then((status) => {
    stop();
    sys.sendmsg(connection, encodeCliExit(sys.exitCode(status)));
    sys.closeQuietly(connection);
  });
}

function receive(connection: number): { request: CliRequest; fds: number[] } | undefined {
  const buffer = new Uint8Array(64 * 1024);
  const first = sys.recvmsg(connection, buffer, 3);
  if (!first) return undefined;
  const bytes = buffer.subarray(0, first.length);
  const head = decodeCliHead(bytes);
  if (!head || first.fds.length !== 3) {
    first.fds.forEach(sys.closeQuietly);
    return undefined;
  }
  const parts = [bytes.subarray(CLI_REQUEST_HEAD_BYTES)];
  for (let have = bytes.length - CLI_REQUEST_HEAD_BYTES; have < head.payloadBytes;) {
    const more = new Uint8Array(head.payloadBytes - have);
    const n = sys.read(connection, more);
    if (n === 0) break;
    parts.push(more.subarray(0, n));
    have += n;
  }
  const request = decodeCliPayload(head, sys.utf8Decode(sys.concat(parts)));
  if (request) return { request, fds: first.fds };
  first.fds.forEach(sys.closeQuietly);
  return undefined;
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
