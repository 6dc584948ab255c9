// dockerd's connection to containerd. It comes back by itself after containerd was restarted; calls made meanwhile wait for it,
// and fail with `unavailable` if it stays away.
import { setTimeout } from '../loop/index.ts';
import * as sys from '../sys/index.ts';
import {
  CONTAINERD_SOCKET,
  TaskError,
  type Console,
  type ContainerdAnswer,
  type ContainerdMethod,
  type ContainerdRequest,
  type TaskEvent,
} from './api.ts';
import { connectUnix } from './lines.ts';
import { RpcClient } from './rpc.ts';

const RETRY_MS = 100;
/** How long after containerd was lost a call still waits for its return. */
const PATIENCE_MS = 15_000;

export class ContainerdClient {
  #rpc: RpcClient | undefined;
  #waiting: (() => void)[] = [];
  #lostAtMs = sys.monotonicMs();

  /** `onConnect` is called after every (re)connection, when events flow: the time to compare one's own notes with list(). */
  constructor(
    readonly onEvent: (event: TaskEvent) => void,
    readonly onConnect: () => void,
    readonly path = CONTAINERD_SOCKET,
    /** Events of these topics; all if it is left out. */
    readonly topics?: readonly TaskEvent['topic'][],
  ) {
    this.#connect();
  }

  /** containerd's answer; throws the TaskError that it answered with. */
  call<M extends ContainerdMethod>(method: M, params: ContainerdRequest<M>): Promise<ContainerdAnswer<M>> {
    if (this.#rpc) return this.#rpc.call(method, specLast(params));
    return this.#connected().then(() => {
      if (this.#rpc) return this.#rpc.call(method, specLast(params));
      throw new TaskError(
        'unavailable',
        `connection error: desc = "transport: Error while dialing: dial unix ${this.path}": unavailable`,
      );
    });
  }

  /** When there is a connection, or patience has come to its end. */
  #connected(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      setTimeout(resolve, this.#lostAtMs + PATIENCE_MS - sys.monotonicMs());
    });
  }

  #connect(): void {
    try {
      const rpc = new RpcClient(connectUnix(this.path), this.onEvent, () => {
        this.#rpc = undefined;
        this.#lostAtMs = sys.monotonicMs();
        setTimeout(() => this.#connect(), RETRY_MS);
      });
      this.#rpc = rpc;
      rpc.call('subscribe', this.topics ? { topics: this.topics } : {}).then(
        () => this.onConnect(),
        () => undefined,
      );
      for (const resolve of this.#waiting.splice(0)) resolve();
    } catch {
      setTimeout(() => this.#connect(), RETRY_MS);
    }
  }
}

/** containerd cuts the specification out of the request's line to keep it as config.json: it must stand at the end. */
function specLast<P extends object>(params: P): P {
  if (!('spec' in params)) return params;
  const { spec, ...rest } = params;
  return { ...rest, spec } as unknown as P;
}

/**
 * A descriptor of our own for the pty's master that the shim holds: reading gives the terminal's output. The shim keeps it
 * until the process is deleted, so that it can be taken also after the process has ended. pidfd_getfd(2)
 * Undefined if the shim is gone (killed): containerd tells of the end of its processes.
 */
export function openConsole(console: Console): number | undefined {
  let pidfd: number | undefined;
  try {
    pidfd = sys.pidfdOpen(console.pid);
    return sys.call('pidfd_getfd', pidfd, console.fd, 0);
  } catch (error) {
    if (sys.isErrno(error, 'ESRCH') || sys.isErrno(error, 'EBADF')) return undefined;
    throw error;
  } finally {
    if (pidfd !== undefined) sys.closeQuietly(pidfd);
  }
}
