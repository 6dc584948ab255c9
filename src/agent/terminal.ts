// A terminal: a login shell on a pseudo-terminal of its own, its bytes over a stream. pty(7)
import type { AgentRequest, TerminalSize } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import { childExit, sleep } from '../engine/loop/index.ts';
import * as sys from '../engine/sys/index.ts';
import { failure } from './errors.ts';
import { closeOnce, sendFrom, Sink } from './flow.ts';
import { childOf, ENVIRONMENT, which } from './program.ts';

const SIGHUP = 1;
const LINGER_MS = 100;

export function serveTerminal(stream: Stream, request: Extract<AgentRequest, { kind: 'terminal' }>): void {
  const { master } = sys.openPtyMaster();
  const argv = request.argv ?? ['-bash'];
  let pid: number;
  try {
    setSize(master, request);
    const slave = sys.openPtySlave(master);
    try {
      const path = request.argv ? which(argv[0] ?? '') : '/bin/bash';
      const [fds, cwd] = [[slave, slave, slave], request.cwd ?? '/root'];
      pid = sys.spawn(path, argv, { env: ENVIRONMENT, fds, cwd, setsid: true, controllingTerminal: true });
    } finally {
      sys.closeQuietly(slave);
    }
  } catch (error) {
    sys.closeQuietly(master);
    throw error;
  }
  const closeMaster = closeOnce(master);
  const sink = new Sink(master, stream);
  const hangup = new Promise<void>((resolve) => (stream.listener = { drain: sendFrom(master, stream, resolve) }));
  stream.listener = {
    ...stream.listener,
    data: (bytes) => sink.write(bytes),
    message: (message) => setSize(master, message as TerminalSize),
    close: () => {
      sys.killQuietly(-pid, SIGHUP);
      closeMaster();
    },
  };
  childExit(childOf(pid))
    // The shell's last words may still be in the pty; a job it left behind may hold the pty open for ever.
    .then((status) => Promise.race([hangup, sleep(LINGER_MS)]).then(() => status))
    .then((status) => stream.close({ result: { exitCode: sys.exitCode(status) } }))
    .catch((error: unknown) => stream.close({ error: failure(error) }))
    .finally(closeMaster);
}

function setSize(master: number, size: TerminalSize): void {
  if (size.columns > 0 && size.rows > 0) sys.setWindowSize(master, { rows: size.rows, cols: size.columns });
}
