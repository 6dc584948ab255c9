// `runc start` (the shim calls it): lets the waiting PID 1 go on to its program. fifo(7): the open for reading wakes the open for writing.
import * as sys from '../sys/index.ts';
import { step } from '../span.ts';
import { RuncError } from './error.ts';
import { EXEC_FIFO, stateDirectory } from './state.ts';

/** `pid`: the container's PID 1. */
export function start(id: string, pid: number): void {
  step('runc', 'start', 'src/engine/runc/start.ts');
  const path = `${stateDirectory(id)}/${EXEC_FIFO}`;
  let fifo: number;
  try {
    fifo = sys.open(path, sys.O_RDONLY | sys.O_NONBLOCK);
  } catch (error) {
    if (sys.isErrno(error, 'ENOENT')) throw new RuncError('cannot start an already running container');
    throw error;
  }
  // PID 1's byte says that it goes on; if it is killed before that, no byte will come, so its end is waited for as well.
  const pidfd = sys.pidfdOpen(pid);
  pollReadable([fifo, pidfd]);
  const byte = new Uint8Array(1);
  const came = sys.tryRead(fifo, byte) === 1;
  sys.closeQuietly(fifo);
  sys.closeQuietly(pidfd);
  // The FIFO's absence is what "started" means, so that nobody starts it twice.
  sys.unlink(path);
  if (!came) throw new RuncError('container process is already dead');
}

/** poll(2) without a time limit: until one of the descriptors can be read. */
function pollReadable(fds: readonly number[]): void {
  const POLLIN = 1;
  const list = new Int32Array(fds.flatMap((fd) => [fd, POLLIN]));
  while (sys.raw('poll', list, fds.length, -1) < 0);
}
