// A connection to a Unix socket in the guest, byte for byte with half-close: how the page and the outside reach /var/run/docker.sock.
import type { AgentRequest } from '../protocol/agent.ts';
import type { Stream } from '../protocol/channel.ts';
import * as sys from '../engine/sys/index.ts';
import { closeOnce, sendFrom, Sink } from './flow.ts';

export function serveConnect(stream: Stream, request: Extract<AgentRequest, { kind: 'connect' }>): void {
  const fd = sys.socket(sys.AF.UNIX, sys.SOCK.STREAM);
  try {
    sys.connect(fd, { family: 'unix', path: request.path });
  } catch (error) {
    sys.closeQuietly(fd);
    throw error;
  }
  let [toEnded, fromEnded, closed] = [false, false, false];
  const close = closeOnce(fd);
  const settle = (): void => {
    if (closed || !toEnded || !fromEnded) return;
    closed = true;
    close();
    stream.close({ result: {} });
  };
  const sink = new Sink(fd, stream);
  const resume = sendFrom(fd, stream, () => {
    fromEnded = true;
    stream.end();
    // The peer has closed both directions if it no longer takes bytes either; a server that answered and closed is done with us.
    toEnded ||= peerClosed(fd);
    settle();
  });
  stream.listener = {
    drain: resume,
    data: (bytes) => sink.write(bytes),
    end: () =>
      sink.end(() => {
        toEnded = true;
        if (!closed) sys.shutdown(fd, 'WR');
        settle();
      }),
    close: () => {
      closed = true;
      close();
    },
  };
}

/** poll(2) for POLLHUP, which a Unix socket reports when both directions are shut. */
function peerClosed(fd: number): boolean {
  const POLLHUP = 0x10;
  const pollfd = new Uint8Array(8);
  const view = new DataView(pollfd.buffer);
  view.setInt32(0, fd, true);
  sys.raw('poll', pollfd, 1, 0);
  return (view.getInt16(6, true) & POLLHUP) !== 0;
}
