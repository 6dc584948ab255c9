// The container's terminal: a pseudo-terminal out of the container's own /dev/pts. The container gets the slave as
// stdin, stdout, stderr and /dev/console; the master goes to the shim as a descriptor in a message. pty(7), unix(7) SCM_RIGHTS
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';

/** Runs in the container, after pivot_root: /dev/ptmx is the container's. `consoleSocket` leads to the shim. */
export function setupConsole(
  consoleSocket: number,
  size: { height: number; width: number } | undefined,
  mountConsole: boolean,
): void {
  step('runc', 'setupConsole', 'src/engine/runc/console.ts');
  const { master, number } = sys.openPtyMaster('/dev/ptmx');
  const slave = sys.openPtySlave(master);
  if (size && size.height > 0 && size.width > 0) sys.setWindowSize(master, { rows: size.height, cols: size.width });

  if (mountConsole) {
    // A file to bind the slave onto; what programs open as /dev/console is then this very terminal.
    const mask = sys.umask(0);
    sys.closeQuietly(sys.open('/dev/console', sys.O_CREAT | sys.O_RDONLY, 0o666));
    sys.umask(mask);
    sys.mount(`/dev/pts/${number}`, '/dev/console', 'bind', sys.MS.BIND);
  }

  sys.sendmsg(consoleSocket, sys.utf8Encode(`/dev/pts/${number}`), [master]);
  sys.closeQuietly(master);

  for (const fd of [0, 1, 2]) sys.dup2(slave, fd);
  sys.closeQuietly(slave);
  // Ctrl-C at the terminal reaches the processes of this session.
  sys.setControllingTerminal(0);
}

/** The other end, in the shim, before it starts runc: [its socket, runc's socket]. */
export function consoleSocketPair(): [shim: number, runc: number] {
  return sys.socketpair(sys.AF.UNIX, sys.SOCK.STREAM);
}

/** Waits for the master. Undefined if runc ended without sending one. */
export function receiveMaster(socket: number): number | undefined {
  const name = new Uint8Array(64);
  return sys.recvmsg(socket, name, 1)?.fds[0];
}
