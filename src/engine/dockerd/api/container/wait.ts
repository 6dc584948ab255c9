// POST /containers/{id}/wait?condition=not-running|next-exit|removed: the headers leave at once, so that the client knows
// that it is subscribed and may start the container; the body comes with the exit code.
import type { Container } from '../../container/container.ts';
import type { Daemon } from '../../daemon.ts';
import { invalidParameter } from '../../errors.ts';
import { param, stream, type ApiRequest, type Reply } from '../../request.ts';
import { utf8Encode } from '../../../sys/index.ts';

interface Ended {
  readonly exitCode: number;
  readonly error: string;
}

export function wait(daemon: Daemon, request: ApiRequest): Reply {
  const container = daemon.containers.require(param(request));
  const { ended, cancel } = waitFor(container, request.query.get('condition'));
  return stream('application/json', async (out) => {
    const offAbort = request.signal.onAbort(cancel);
    const { exitCode, error } = await ended;
    offAbort();
    const body = { StatusCode: exitCode, ...(error !== '' && { Error: { Message: error } }) };
    await out.write(utf8Encode(`${JSON.stringify(body)}\n`));
  });
}

export function waitFor(container: Container, condition: string): { ended: Promise<Ended>; cancel: () => void } {
  const { status, exitCode } = container.state;
  if (condition !== '' && condition !== 'not-running' && condition !== 'next-exit' && condition !== 'removed') {
    throw invalidParameter(`invalid condition: "${condition}"`);
  }
  const idle = status === 'created' || status === 'exited' || status === 'dead';
  if (condition !== 'next-exit' && condition !== 'removed' && idle) {
    return { ended: Promise.resolve({ exitCode, error: '' }), cancel: () => undefined };
  }
  const waiters = condition === 'removed' ? container.removeWaiters : container.exitWaiters;
  let cancel = (): void => undefined;
  const ended = new Promise<Ended>((resolve) => {
    // A start that fails is no exit: whoever waits for the next one goes on waiting, and hears of it from the start.
    const waiter = (code: number, error: string): void => {
      if (condition === 'next-exit' && error !== '') waiters.add(waiter);
      else resolve({ exitCode: code, error });
    };
    waiters.add(waiter);
    cancel = () => {
      waiters.delete(waiter);
      resolve({ exitCode: 0, error: '' });
    };
  });
  return { ended, cancel };
}
