// A process's standard streams as the shim prepares them. Without a terminal they are dockerd's FIFOs, opened twice: once
// for the process, once by the shim, so that the container survives dockerd: with our reading ends open it gets no SIGPIPE,
// with our writing end of stdin no early end of input, while nobody is at the other end. fifo(7)
//
// A pipe's and a terminal's bytes are gone with its last descriptor. What a process wrote before it ended may not have been
// fetched yet (dockerd is slow, or was just killed): the descriptors that keep it stay open here until the process is deleted.
import * as sys from '../sys/index.ts';
import { consoleSocketPair, receiveMaster } from '../runc/console.ts';
import type { Stdio } from './api.ts';

export interface OpenStdio {
  /** For the process: descriptors that become its 0, 1, 2. */
  readonly process: readonly [number, number, number];
  /** Where runc is to send the pty's master. */
  readonly consoleSocket?: number;
  /** Reading ends of stdout and stderr, never read here: no hindrance to dockerd's reading an end, for that writers count. */
  readonly held: number[];
  /** Our copy of stdin: closed when dockerd says that no more input comes, or the process has ended. */
  heldStdin: number;
  /** The pty's master, once runc has sent it: dockerd takes a copy, see openConsole() of client.ts. */
  master: number;
  /** Ends our side of the opening: call when runc has returned. */
  readonly finish: () => void;
}

export function openStdio(stdio: Stdio, terminal: boolean): OpenStdio {
  const all: number[] = [];
  const open = (path: string, flags: number): number => {
    const fd = sys.open(path, flags);
    all.push(fd);
    return fd;
  };
  const give = (path: string | undefined, flags: number): number =>
    path === undefined ? open('/dev/null', sys.O_RDWR) : open(path, flags);
  try {
    const { stdin, stdout, stderr } = terminal ? ({} as Stdio) : stdio;
    const heldStdin = stdin === undefined ? -1 : open(stdin, sys.O_RDWR | sys.O_NONBLOCK);
    const held = [stdout, stderr]
      .filter((path) => path !== undefined)
      .map((path) => open(path, sys.O_RDONLY | sys.O_NONBLOCK));
    const process = [give(stdin, sys.O_RDONLY), give(stdout, sys.O_WRONLY), give(stderr, sys.O_WRONLY)] as const;
    const [ours, runcs] = terminal ? consoleSocketPair() : [-1, -1];
    const opened: OpenStdio = {
      process,
      ...(terminal && { consoleSocket: runcs }),
      held,
      heldStdin,
      master: -1,
      finish: () => {
        for (const fd of [...process, runcs]) sys.closeQuietly(fd);
        if (terminal) opened.master = receiveMaster(ours) ?? -1;
        sys.closeQuietly(ours);
      },
    };
    return opened;
  } catch (error) {
    all.forEach(sys.closeQuietly);
    throw error;
  }
}

/** When the process is deleted: all that it said has been fetched, or nobody wants it. */
export function closeStdio(stdio: OpenStdio): void {
  for (const fd of stdio.held.splice(0)) sys.closeQuietly(fd);
  closeStdin(stdio);
  sys.closeQuietly(stdio.master);
  stdio.master = -1;
}

export function closeStdin(stdio: OpenStdio): void {
  sys.closeQuietly(stdio.heldStdin);
  stdio.heldStdin = -1;
}
